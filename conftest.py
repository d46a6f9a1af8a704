"""Fixtures and options come from the plugin; an installation loads the same one through its entry point."""

pytest_plugins = ["generations_contract.plugin"]
