"""The API: one request with an image, one answer. `POST /api/predict` and `/api/read_number`.

    routes.py      the routes: the answer, and a status for each error
    image_body.py  a request's body -> the bytes of the image
    openapi.py     `/api/openapi.json`
    docs_page.py   `/api/docs`, for people

Limits on requests are those of the whole server: see `page/server/`.
"""
