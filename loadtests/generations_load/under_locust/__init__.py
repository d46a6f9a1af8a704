"""All that imports locust: the locustfile, users, lead and worker, self-test, web page."""
