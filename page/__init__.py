"""What the page of `app.py` is made of."""
