"""The page as a browser shows it."""

import json
from dataclasses import replace

import pytest

from mmposenorm.comparison import clip_pictures
from mmposenorm.comparison.clip_pictures import show_clip
from mmposenorm.comparison.sentences import say_differences
from mmposenorm.geometry.angles import ANGLES
from mmposenorm.report import clip_videos, content, html_report, write_report


@pytest.fixture(scope='module')
def opened(browser, report):
    """Return the browser after it has opened the report, and the errors of doing so."""
    browser.open(report)
    browser.wait_for_pictures()
    return browser, errors(browser)


@pytest.fixture
def page(opened):
    """Return the browser with the report, by the time of A and without a loop."""
    browser, _ = opened
    browser.click('[name=clock][value="0"]')
    browser.run("if (!document.getElementById('whole').hidden) whole.click()")
    return browser


def errors(browser):
    return [
        entry['message']
        for entry in browser.driver.get_log('browser')
        if entry['level'] == 'SEVERE'
    ]


def test_the_page_loads_without_errors_and_says_what_differs(opened, comparison):
    page, found = opened
    assert found == []
    assert page.text('verdict') == 'Both show the same action.'
    assert page.text('score-value') == f'{comparison.score:.0f}'
    (said,) = say_differences(comparison)
    assert said in page.text('differences')
    assert 'occurs 3 times in A and 3 times in B' in page.text('notes')
    assert page.run("return document.querySelector('#view canvas').width > 100")
    assert page.run("return document.querySelector('#chart canvas').width > 100")


def test_scrubbing_shows_the_frame_and_its_match(page, comparison):
    for frame in (0, 1, 57, 150, 399):
        page.scrub(frame)
        match = int(comparison.alignment.matches[frame])
        page.wait_for_frames(frame, match)
        assert page.frames_in_pictures() == [frame, match]


def test_keys_step_by_single_frames(page, comparison):
    page.scrub(100)
    page.wait_for_frames(100, comparison.alignment.matches[100])
    forward = [('ArrowRight', frame) for frame in range(101, 106)]
    for key, frame in (*forward, ('ArrowLeft', 104)):
        page.press(key)
        page.wait_for_frames(frame, comparison.alignment.matches[frame])
        assert page.frames_in_pictures()[0] == frame
    page.press('End')
    page.wait_for_frames(399, comparison.alignment.matches[399])


def test_the_frames_of_b_can_be_the_clock(page):
    page.press('c')
    page.scrub(100)
    page.wait("return document.getElementById('picture-b').dataset.frame === '100'")
    frame_a, frame_b = page.frames_in_pictures()
    assert frame_b == 100
    assert abs(frame_a - 200) <= 2  # B has half of A's frames
    assert 'Seconds of B' in page.text('chart')


def test_a_difference_leads_to_the_frames_that_show_it(page, comparison):
    (difference,) = comparison.differences
    page.click('[data-difference="0"]')
    page.wait_for_frames(difference.frame_a, difference.frame_b)
    assert page.frames_in_pictures() == [difference.frame_a, difference.frame_b]
    angle = "return document.getElementById('angle').selectedOptions[0].text"
    assert page.run(angle) == 'left elbow flexion'
    page.scrub(3)
    page.press('1')
    page.wait_for_frames(difference.frame_a, difference.frame_b)


def test_a_repetition_is_played_beside_the_model_again_and_again(page, comparison):
    each = comparison.each_repetition
    first, last = comparison.repetitions[1].spans[1]
    page.click('[data-repetition="2"]')
    page.wait(
        "return document.getElementById('picture-a').dataset.frame === arguments[0]",
        str(each.model[0]),
    )
    assert page.run("return !document.getElementById('whole').hidden")
    page.press('c')  # B's time
    page.scrub(int(last))
    page.press(' ')
    read = "return +document.getElementById('picture-b').dataset.frame"
    page.wait(f'{read} < arguments[0]', int(last) - 3)  # it has begun again
    assert first <= page.run(read) <= last
    page.press(' ')
    assert page.text('play') == 'Play'


def test_what_controls_show_is_part_of_their_names(page):
    """So that who speaks to the computer can say what they see (WCAG 2.5.3)."""
    script = """
        const shown = [...document.querySelectorAll('button[aria-label]')]
          .map((one) => [one.innerText.trim(), one.getAttribute('aria-label')]);
        return shown.filter(([text]) => text)"""
    shown = page.run(script)
    assert len(shown) == 1 + 3 + 3  # the difference's bar and the repetitions
    assert all(text in label for text, label in shown)


def test_no_request_leaves_the_page(page):
    sent = []
    for entry in page.driver.get_log('performance'):
        message = json.loads(entry['message'])['message']
        if message['method'] == 'Network.requestWillBeSent':
            sent.append(message['params']['request']['url'])
    outside = [url for url in sent if not url.startswith(('blob:', 'data:'))]
    assert outside == [page.driver.current_url]
    outcome = page.driver.execute_async_script(
        "const done = arguments[0]; fetch('http://127.0.0.1:9/').catch(() => {});"
        "document.addEventListener('securitypolicyviolation', "
        '({effectiveDirective}) => done(effectiveDirective), {once: true})'
    )
    assert outcome == 'connect-src'


def test_names_of_files_are_text_and_never_markup(page, names):
    assert page.run('return window.harmed') is None
    for letter, name in zip('ab', names, strict=True):
        script = f"return document.getElementById('name-{letter}').textContent"
        assert page.run(script) == name
    assert page.run("return document.querySelectorAll('img').length") == 0
    values = page.run("return document.getElementById('settings').textContent")
    assert names[0] in values


def test_the_page_of_a_phone_is_not_wider_than_the_phone(page):
    phone = {'width': 390, 'height': 800, 'deviceScaleFactor': 1, 'mobile': True}
    page.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', phone)
    width = page.run('return document.documentElement.scrollWidth')
    page.driver.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})
    assert width <= 390


def test_keypoints_without_video_are_drawn(browser, comparison, tmp_path):
    write_report(comparison, tmp_path / 'report.html')
    browser.open(tmp_path / 'report.html')
    browser.scrub(57)
    browser.wait_for_frames(57, comparison.alignment.matches[57])
    assert errors(browser) == []
    assert browser.text('name-a') == 'clip A'
    assert browser.run("return document.getElementById('notice').hidden")


def test_a_bar_at_the_very_end_stays_in_its_row(browser, comparison, tmp_path):
    (difference,) = comparison.differences
    late = replace(difference, span_a=(399, 399), span_b=(199, 199))
    changed = replace(comparison, differences=(late,))
    write_report(changed, tmp_path / 'report.html')
    browser.open(tmp_path / 'report.html')
    script = """
        const bar = document.querySelector('#rows button').getBoundingClientRect();
        const row = document.querySelector('#rows .row').getBoundingClientRect();
        return [bar.width, row.right - bar.right]"""
    width, room = browser.run(script)
    assert width > 10
    assert room >= -0.5


def test_clips_that_are_not_alike_have_a_reason_and_no_list(browser, unlike, tmp_path):
    write_report(unlike, tmp_path / 'report.html')
    browser.open(tmp_path / 'report.html')
    assert errors(browser) == []
    assert browser.text('verdict').startswith('They do not show the same action')
    for element in ('score', 'differs'):
        hidden = f"return document.getElementById('{element}').hidden"
        assert browser.run(hidden)


def test_what_the_browser_lacks_is_said(browser, report):
    without = """
        const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
          return kind === 'webgl2' ? null : get.call(this, kind, ...more);
        };
        URL.createObjectURL = () => 'blob:null/none';"""
    added = browser.driver.execute_cdp_cmd(
        'Page.addScriptToEvaluateOnNewDocument', {'source': without}
    )
    browser.open(report)
    browser.wait("return document.getElementById('notice').innerText")
    browser.driver.execute_cdp_cmd('Page.removeScriptToEvaluateOnNewDocument', added)
    assert 'cannot show H.264 video' in browser.text('notice')
    assert 'needs WebGL' in browser.text('no-webgl')
    browser.scrub(57)
    browser.wait("return document.getElementById('picture-a').dataset.frame === '57'")


def test_long_clips_point_to_the_aligned_video(
    browser, comparison, videos, monkeypatch, tmp_path
):
    monkeypatch.setattr(clip_videos, '_MOST_FRAMES', 500)
    clips = comparison.clip_a, comparison.clip_b
    shown = tuple(map(show_clip, 'AB', clips, videos))
    path = tmp_path / 'report.html'
    html_report.write_page(path, comparison, shown, aligned_video='a #1.mp4')
    browser.open(path)
    assert 'too long' in browser.text('notice')
    link = "return document.querySelector('#notice a').href"
    assert browser.run(link) == (tmp_path / 'a #1.mp4').as_uri()


def test_frames_between_those_of_a_long_clip_are_shown_by_the_last_one_held(
    browser, comparison, monkeypatch, tmp_path
):
    monkeypatch.setattr(content, '_MOST_POSES', 200)
    write_report(comparison, tmp_path / 'report.html')
    browser.open(tmp_path / 'report.html')
    assert 'one every 3 frames' in browser.text('notice')
    for frame in (0, 200, 399):
        browser.scrub(frame)
        browser.wait_for_frames(frame, comparison.alignment.matches[frame])
    assert errors(browser) == []
    browser.click('[data-difference="0"]')
    (difference,) = comparison.differences
    browser.wait_for_frames(difference.frame_a, difference.frame_b)
    degrees = comparison.angles[0].degrees[difference.frame_a // 3 * 3]
    shown = f'{degrees[list(ANGLES).index(difference.angle)]:.0f}°'
    assert shown in browser.text('chart')
    assert errors(browser) == []


def test_an_interrupted_report_leaves_the_older_one(comparison, monkeypatch, tmp_path):
    path = tmp_path / 'report.html'
    path.write_text('older')

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(html_report, 'build_page', interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_report(comparison, path)
    assert [file.read_text() for file in tmp_path.iterdir()] == ['older']


def test_a_video_of_another_length_is_warned_of(
    comparison, videos, monkeypatch, tmp_path
):
    said = []
    monkeypatch.setattr(clip_pictures, 'print_log', lambda text, **_: said.append(text))
    monkeypatch.setattr(clip_videos, '_MOST_FRAMES', 0)  # no need to encode them
    write_report(comparison, tmp_path / 'report.html', *videos)
    assert said == []
    write_report(comparison, tmp_path / 'report.html', video_b=videos[0])
    (text,) = said
    assert text.startswith(f'{videos[0]} has 400 frames, but the clip has poses of 200')


def test_a_video_that_is_missing_is_said(comparison, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'gone\.mp4 not found'):
        write_report(comparison, tmp_path / 'report.html', tmp_path / 'gone.mp4')
    assert list(tmp_path.iterdir()) == []
