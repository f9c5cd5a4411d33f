"""The command `ts-customers`: one file for each noun, with no logic of its own."""
