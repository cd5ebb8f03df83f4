"""What Gradio keeps in memory of uploads. (`test_queue.py` has the cleanup of the files.)"""

import gradio as gr
from gradio import routes

from page.limits import MAX_TRACKED_UPLOADS
from page.server.cleanup import forget_file_names, forget_finished_uploads


def test_progress_is_kept_of_the_latest_uploads_only():
    uploads = routes.file_upload_statuses
    for number in range(MAX_TRACKED_UPLOADS + 100):
        uploads.track(f"upload{number}")
    forget_finished_uploads()
    assert len(uploads._signals) == len(uploads._statuses) == MAX_TRACKED_UPLOADS
    assert uploads.is_done(f"upload{MAX_TRACKED_UPLOADS + 99}") is False


def test_names_of_visitors_files_are_forgotten():
    with gr.Blocks() as demo:
        photo = gr.Image()
    demo.upload_file_set.add("/tmp/a/7.png")
    photo.temp_files.add("/tmp/b/7.png")
    forget_file_names(demo)
    assert not any([demo.upload_file_set, photo.temp_files])
