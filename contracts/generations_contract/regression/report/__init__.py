"""How a comparison is told: terminal, JSON, JUnit, Markdown, annotations."""
