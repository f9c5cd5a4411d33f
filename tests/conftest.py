"""What the tests share. The fixtures stand in fix_*.py, by what they are about."""

pytest_plugins = ["fix_stack", "fix_database", "fix_gateway", "fix_api"]
