# The app as a small server: no TensorFlow, not as root, all dependencies pinned with hashes.
#   docker build -t sketchdigits . && docker run --rm -p 7860:7860 --read-only --tmpfs /tmp sketchdigits
# The digest is the one of the index of all platforms (amd64, arm64 and others), of 19 September 2026
# with Python 3.11.16. It is recorded by Docker's own list of its official images,
# github.com/docker-library/repo-info, in repos/python/remote/3.11-slim-bookworm.md at commit
# 40cdaf34215d6a292f2c62798b194d67d4b1ad55. The image gets Debian's security fixes only with a newer
# digest: docker buildx imagetools inspect python:3.11-slim-bookworm
FROM python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

RUN useradd --uid 1000 --no-create-home reader
WORKDIR /app
COPY requirements.lock .
# --no-deps: the lock leaves out scikit-learn's dependencies, because the page only reads its file of
# digits. The libraries' own tests are a tenth of what is installed here: they are deleted.
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock \
    && find /usr/local/lib -type d -name tests -prune -exec rm -r {} +
COPY app.py LICENSE ./
COPY sketchdigits sketchdigits
COPY page page
COPY model model
COPY docs/comparison docs/comparison

USER reader
# To collect corrections: -e FEEDBACK=on -e FEEDBACK_DIR=... with a volume.
ENV FEEDBACK=off \
    GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_TEMP_DIR=/tmp \
    HF_HOME=/tmp/huggingface \
    PYTHONDONTWRITEBYTECODE=1 \
    RATE_LIMIT=600/minute
EXPOSE 7860
HEALTHCHECK --start-period=30s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:7860/readyz', timeout=5)"]
CMD ["python", "app.py"]
