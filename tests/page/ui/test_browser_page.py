"""The rest of the page in Chromium: answers, photos, gallery, corrections, tabs and languages."""

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.support.browser import PATIENCE, SCRAWL, clear, draw_strokes, expect_answer
from tests.support.package_copies import copy_package, expect_unusual
from tests.support.photographs import PhotographStyle, take_photograph
from tests.support.polylines import DIGITS, draw
from tests.support.running_app import running_app

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_seen_image_and_top_three_come_and_go_with_the_drawing(page):
    draw_strokes(page, DIGITS[3])
    expect_answer(page, 3)
    expect(page.locator("#seen img")).to_be_visible()
    assert page.locator("#prediction").inner_text().count("%") == 3
    clear(page)
    expect(page.locator("#seen img")).to_have_count(0)
    expect(page.locator("#prediction h2")).to_have_count(0)


def test_all_ten_digits_and_why_are_shown_on_demand(page):
    draw_strokes(page, DIGITS[3])
    expect_answer(page, 3)
    page.locator("#all-ten button").first.click()
    expect(page.locator("#all-ten dt, #all-ten .text")).not_to_have_count(0)
    assert page.locator("#all-ten").inner_text().count("%") == 10
    plain = page.locator("#seen img").get_attribute("src")
    page.locator("#why input").check()
    expect(page.locator("#seen img")).not_to_have_attribute("src", plain, timeout=PATIENCE)
    page.locator("#why input").uncheck()
    expect(page.locator("#seen img")).to_have_attribute("src", plain, timeout=PATIENCE)


def test_scrawl_gets_a_grey_answer_and_the_next_digit_a_normal_one(page):
    prediction = page.locator("#prediction")
    draw_strokes(page, SCRAWL)
    expect(page.locator("#message")).to_contain_text("doesn't look like a digit", timeout=PATIENCE)
    expect(prediction).to_have_css("opacity", "0.65")
    clear(page)
    draw_strokes(page, DIGITS[3])
    expect_answer(page, 3)
    expect(prediction).to_have_css("opacity", "1")


def test_unusual_digit_gets_a_question_and_its_bars_in_colour(open_page, tmp_path):
    package = copy_package(tmp_path / "strict")
    expect_unusual(package)
    with running_app(tmp_path, MODEL_ID=str(package)) as url:
        page = open_page(url, locale="zh-CN")
        draw_strokes(page, DIGITS[3])
        expect(page.locator("#message")).to_contain_text("这是 3 吗？", timeout=PATIENCE)
        expect(page.locator("#message")).to_have_attribute("aria-live", "polite")
        expect(page.locator("#prediction")).to_have_css("opacity", "1")
        assert page.locator("#prediction").inner_text().count("%") == 3


def test_two_digits_side_by_side_are_a_number(page):
    for digit, left in ((4, -0.25), (1, 0.45)):
        beside = [[(left + x * 0.6, 0.2 + y * 0.6) for x, y in stroke] for stroke in DIGITS[digit]]
        draw_strokes(page, beside)
    expect(page.locator("#number .text")).to_have_text("41", timeout=PATIENCE)
    expect(page.locator("#message")).to_contain_text("41")


def test_gallery_digit_is_shown_with_its_true_label(fresh_page):
    page = fresh_page
    thumbnail = page.locator("#gallery button.thumbnail-item").nth(4)
    caption = thumbnail.inner_text()
    thumbnail.click()
    message = page.locator("#message")
    expect(message).to_contain_text(f"True label: {caption.split()[0]}.", timeout=PATIENCE)
    expect(message).to_contain_text("Right." if "✓" in caption else "Wrong.")
    expect(page.locator("#seen img")).to_be_visible()


def test_photo_of_ruled_paper_is_read_and_its_answer_goes_when_it_is_removed(fresh_page, tmp_path):
    page = fresh_page
    shadowed = PhotographStyle(size=(800, 600), shadow=0.5, light=0.4, ruling="ruled", spacing=0.12)
    strokes = [np.array(stroke, np.float32) for stroke in DIGITS[5]]
    photograph = take_photograph(strokes, shadowed, np.random.default_rng(0))
    Image.fromarray(photograph).save(tmp_path / "five.jpg")
    page.get_by_role("tab", name="Photo").click()
    page.locator("#photo input[type=file]").set_input_files(tmp_path / "five.jpg")
    expect_answer(page, 5)
    page.get_by_role("button", name="Remove Image").click()
    expect(page.locator("#message")).to_contain_text("Draw a digit", timeout=PATIENCE)


def test_pasted_picture_is_read(fresh_page, tmp_path):
    page = fresh_page
    Image.fromarray(draw(8)).save(tmp_path / "eight.png")
    page.get_by_role("tab", name="Photo").click()
    content = list((tmp_path / "eight.png").read_bytes())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(
        """async (content) => {
          const blob = new Blob([new Uint8Array(content)], {type: "image/png"});
          await navigator.clipboard.write([new ClipboardItem({"image/png": blob})]);
        }""",
        content,
    )
    page.get_by_role("button", name="Paste from clipboard").click()
    expect_answer(page, 8)


def test_picture_from_the_camera_gets_an_answer(fresh_page):
    page = fresh_page
    page.get_by_role("tab", name="Photo").click()
    page.get_by_role("button", name="Capture from camera").click()
    page.locator("#photo").get_by_text("Access Webcam").click()
    page.get_by_role("button", name="capture photo").click()
    # Chromium's test picture is not a digit, but it gets an answer.
    expect(page.locator("#message")).not_to_contain_text("Draw a digit", timeout=PATIENCE)


def test_broken_picture_gets_a_clear_sentence(fresh_page, tmp_path):
    page = fresh_page
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    page.get_by_role("tab", name="Photo").click()
    page.locator("#photo input[type=file]").set_input_files(tmp_path / "broken.png")
    expect(page.locator("#message")).to_contain_text("image", timeout=PATIENCE)
    assert "/" not in page.locator("#message").inner_text()


def test_correction_is_stored_only_after_a_click_on_send(open_page, tmp_path):
    kept = tmp_path / "corrections"
    with running_app(tmp_path, FEEDBACK_DIR=str(kept)) as url:
        page = open_page(url)
        draw_strokes(page, DIGITS[7])
        expect_answer(page, 7)
        page.locator("#correction button").first.click()
        expect(page.locator("#correction")).to_contain_text("It stores nothing else about you")
        page.locator("#label").get_by_label("1", exact=True).check()
        page.wait_for_timeout(500)
        assert not kept.exists()
        page.locator("#send-correction").click()
        told = page.locator("#correction-result")
        expect(told).to_contain_text("Thank you", timeout=PATIENCE)
        (metadata,) = kept.rglob("metadata.jsonl")
        assert '"label": 1, "answer": 7' in metadata.read_text()
        page.locator("#send-correction").click()
        expect(told).to_contain_text("Draw a digit first", timeout=PATIENCE)
        assert len(metadata.read_text().splitlines()) == 1


def test_page_without_corrections_has_no_panel_for_them(open_page, tmp_path):
    with running_app(tmp_path, FEEDBACK="off") as url:
        page = open_page(url)
        expect(page.locator("#correction")).to_have_count(0)


def test_page_is_chinese_in_a_chinese_browser(open_page, app_url):
    page = open_page(app_url, locale="zh-CN")
    expect(page.locator("#message")).to_contain_text("0 到 9 的数字")
    draw_strokes(page, DIGITS[3])
    expect(page.locator("#message")).to_contain_text("这是 3", timeout=PATIENCE)
    assert "__i18n__" not in page.inner_text("body")
    expect(page.get_by_role("tab", name="模型")).to_be_visible()
    page.get_by_role("tab", name="接口").click()
    expect(page.locator("#snippets")).to_contain_text("上传文件", timeout=PATIENCE)
    expect(page.locator("#snippets")).to_contain_text(f'Client("{app_url}")')


def test_model_tab_shows_scores_and_api_tab_shows_code(page, app_url):
    page.get_by_role("tab", name="The model").click()
    expect(page.get_by_role("region", name="Accuracy on each test set")).to_contain_text(
        "MNIST test", timeout=PATIENCE
    )
    comparison = page.get_by_role("region", name="Accuracy of the tutorials' models")
    expect(comparison).to_contain_text("joy2469-cnn")
    expect(page.locator(".figure img")).to_have_count(4, timeout=PATIENCE)
    page.get_by_role("tab", name="API").click()
    expect(page.locator("#snippets")).to_contain_text(f'Client("{app_url}")', timeout=PATIENCE)
    assert "i18n" not in page.inner_text("body")


def test_page_has_a_title_a_description_and_an_icon(page):
    assert page.title() == "Sketchdigits: draw a digit"
    for selector in ('meta[name="description"]', 'meta[property="og:image"]'):
        assert page.locator(selector).first.get_attribute("content")
    icon = page.evaluate("fetch('/favicon.ico').then((r) => r.text())")
    assert "<svg" in icon


def test_page_loads_nothing_from_other_hosts(browser, app_url):
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(app_url)
    page.wait_for_selector("#sketchpad canvas", timeout=60_000)
    page.wait_for_timeout(1000)
    page.close()
    others = [url for url in asked if not url.startswith((app_url, "data:", "blob:"))]
    assert others == []
