"""Model packages on the Hugging Face Hub, with `huggingface_hub` as the client.

load.py           a package on the Hub -> a runtime
download.py       files of one commit -> the Hub's cache
transfer.py       one file -> its place in the cache, bit by bit
upload.py         a folder -> one commit
extras.py         the files that predictions don't need: examples and report
arguments.py      checks Hub ids, revisions, tokens and time limits before a request
error_mapping.py  the client's exceptions -> our errors
environment.py    environment variables that keep requests from the Hub
deadline.py       time limits for any call
timeouts.py       every time limit in this folder
"""
