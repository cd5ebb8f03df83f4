"""The Gradio page: `app.py` starts it, and nothing else imports it.

limits            every limit and time-out
errors            the error that the page and the server both raise
translations      every sentence that a visitor reads
served_model      loads the model that answers
pad_setting       the environment variable `PAD`
ui/               the page: tabs, panels, the endpoint
server/           requests, health, cleanup, shutdown; every patch of Gradio
corrections/      visitors' corrections: stored, and uploaded
"""
