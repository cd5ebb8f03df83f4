"""Visitors' corrections: a drawing and its correct digit, stored to train the next model.

store.py     writes corrections to a folder with a maximum size
clients.py   codes in place of addresses, and how much one client may send
rows.py      reads the rows of a folder
drop.py      drops the corrections of one client: `python -m page.corrections`
upload.py    uploads the folder to a dataset on the Hub
errors.py    why a correction can't be stored
"""
