"""The development gateway: one port on 127.0.0.1 that plays Kong, Auth and Realtime."""
