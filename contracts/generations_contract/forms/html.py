"""HTML: one self-contained page, on a phone or a desk, by day or by night; a product fills in title, style, body.

Only the form lives here: the frame (`page.html.j2`), and templates with autoescape. What came from a gateway also
passes `safe_text`, so that no markup, control character or bidirectional trick survives. A policy in the frame
forbids scripts and every request.
"""

from functools import cache

import jinja2

from generations_contract.forms.text import printable


@cache
def template(package: str, name: str) -> jinja2.Template:
    """A template of a package's folder `templates`; it may extend the frame and include its neighbours."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader(package), jinja2.PackageLoader("generations_contract.forms")]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["safe_text"] = lambda text, longest=2000: printable(str(text), longest)
    return environment.get_template(name)
