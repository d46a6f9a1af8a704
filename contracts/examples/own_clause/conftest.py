"""Our rules are known before a test is collected, to options and profiles too; as a plugin: `-p house_rules`."""

import house_rules  # noqa: F401 - importing it registers them
