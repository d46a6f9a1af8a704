"""How anything is written: text, JUnit, GitHub, Markdown, SVG, HTML; what is written is the products' business."""
