"""The demo's page, part by part. Only `app.py` imports it."""
