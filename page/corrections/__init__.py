"""Visitors' corrections: a drawing and its correct digit, stored to train the next model.

store.py   writes corrections to a folder with a maximum size
upload.py  uploads the folder to a dataset on the Hub
"""
