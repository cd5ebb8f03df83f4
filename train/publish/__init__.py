"""From a finished run to the Hub: the model package, its card, the upload, and the Space.

package.py         a finished and evaluated run -> the model package
card.py            metrics -> the model card, from `model_card.md`
litert_layouts.py  the layout of each architecture's LiteRT file
stage.py           the model package -> a folder with the files to upload
space.py           the page and a pinned model -> a folder with the files of a Space
upload.py          a folder -> one commit on the Hub
hub_token.py       the token of `--token`
"""
