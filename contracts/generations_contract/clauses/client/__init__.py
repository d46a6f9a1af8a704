"""Section `client`: what the document asks of whoever uses the API. Judged by exchanges as the gateway saw them."""
