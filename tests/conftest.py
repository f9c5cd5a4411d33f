"""What the tests share. The fixtures stand in fix_*.py, by what they are about."""

import pytest

pytest.register_assert_rewrite(
    "tap", "imports", "exports", "programs", "histories", "scenes", "sockets"
)

pytest_plugins = ["fix_stack", "fix_database", "fix_gateway", "fix_api", "fix_worlds", "fix_import"]
pytest_plugins += ["fix_cli", "fix_export", "fix_realtime"]
