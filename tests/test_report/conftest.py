"""One small report of two numbered videos, and a browser that has it open."""

import shutil
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
from known_results import result_of, squats

from mmposenorm.comparison import compare
from mmposenorm.report import write_report

SIZE = 64, 48  # of the videos, in pixels
LEVELS, STEP = 20, 12  # grey values that number the frames of the videos
FLAGS = (
    '--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run '
    '--disable-background-networking --disable-component-update --disable-sync '
    '--use-angle=swiftshader --enable-unsafe-swiftshader --window-size=1280,800'
)
# Names that would do harm in a page that took them for markup.
NAMES = (
    '</script><script>window.harmed = 1</script> {{content}}.mp4',
    'ü "quotes" \'single\' & <img src=x onerror="window.harmed = 1">\u2028.mp4',
)


@pytest.fixture(scope='session')
def comparison():
    """Return a comparison of three squats with three at half the frame rate.

    In B the elbow is bent more. The keypoints are off the picture.
    """
    right, wrong = squats(3), squats(3, elbow=80)
    slower = result_of(wrong.normalized_poses[::2], wrong.body_up[::2], fps=25)
    return compare(right, slower, repetitions=True)


@pytest.fixture(scope='session')
def videos(comparison, tmp_path_factory):
    """Return a video of each clip, with the numbers of the frames as grey values."""
    folder = tmp_path_factory.mktemp('videos')
    clips = comparison.clip_a, comparison.clip_b
    return [
        write_numbered_video(folder / name, len(clip))
        for name, clip in zip(('a.mp4', 'b.mp4'), clips, strict=True)
    ]


def write_numbered_video(path, count):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'mp4v'), 50, SIZE)
    for frame in range(count):
        picture = np.empty((SIZE[1], SIZE[0], 3), np.uint8)
        picture[:, : SIZE[0] // 2] = frame % LEVELS * STEP + STEP // 2
        picture[:, SIZE[0] // 2 :] = frame // LEVELS * STEP + STEP // 2
        writer.write(picture)
    writer.release()
    return path


@pytest.fixture(scope='session')
def names():
    """Return what the clips of the report are called."""
    return NAMES


@pytest.fixture(scope='session')
def report(comparison, videos, names, tmp_path_factory):
    """Return the report."""
    path = tmp_path_factory.mktemp('report with ü') / 'report.html'
    write_report(comparison, path, *videos, names=names, settings={'note': names[0]})
    return path


class Browser:
    """A browser with a report.

    Args:
        driver: What steers it.
    """

    def __init__(self, driver):
        self.driver = driver

    def open(self, path):
        self.driver.get_log('browser'), self.driver.get_log('performance')
        self.driver.get(path.as_uri())
        self.wait(
            "return document.getElementById('picture-a').dataset.frame !== undefined"
        )

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, script, *arguments):
        """Wait until a script returns something true, and return that."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if found := self.run(script, *arguments):
                return found
            time.sleep(0.02)
        raise AssertionError(f'In vain waited for: {script} {arguments}')

    def text(self, element):
        return self.run(f"return document.getElementById('{element}').innerText")

    def click(self, selector):
        self.run('document.querySelector(arguments[0]).click()', selector)

    def press(self, key):
        self.run(
            "document.body.dispatchEvent(new KeyboardEvent('keydown', "
            '{key: arguments[0], bubbles: true}))',
            key,
        )

    def scrub(self, frame):
        self.run(
            "const position = document.getElementById('position');"
            'position.value = arguments[0];'
            "position.dispatchEvent(new Event('input'))",
            frame,
        )

    def wait_for_frames(self, *frames):
        """Wait until the page says that these frames of A and of B are shown."""
        script = """
            const shown = ['a', 'b'].map((side) =>
              document.getElementById(`picture-${side}`).dataset.frame);
            return shown.join() === arguments[0]"""
        self.wait(script, ','.join(map(str, frames)))

    def frames_in_pictures(self):
        """Read the numbers of the frames of A and of B from their pictures."""
        script = """
            return ['a', 'b'].map((side) => {
              const canvas = document.getElementById(`picture-${side}`);
              const context = canvas.getContext('2d');
              return [0.25, 0.75].map((share) => context.getImageData(
                share * canvas.width, canvas.height / 2, 1, 1).data[0]);
            })"""
        return [low // STEP + LEVELS * (high // STEP) for low, high in self.run(script)]

    def wait_for_pictures(self):
        """Wait until both videos are shown."""
        script = """
            return ['a', 'b'].every((side) => {
              const canvas = document.getElementById(`picture-${side}`);
              return canvas.getContext('2d').getImageData(
                canvas.width / 4, canvas.height / 2, 1, 1).data[3] > 0;
            })"""
        self.wait(script)


@pytest.fixture(scope='session')
def browser(tmp_path_factory):
    """Return a browser; skip the test where Chromium is not installed."""
    found = [shutil.which(name) for name in ('chromium', 'chromedriver')]
    if not all(found):
        pytest.skip('Chromium and chromedriver are not installed')
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    for flag in FLAGS.split():
        options.add_argument(flag)
    options.add_argument(f'--user-data-dir={tmp_path_factory.mktemp("browser")}')
    options.set_capability(
        'goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'}
    )
    driver = webdriver.Chrome(options, webdriver.ChromeService(found[1]))
    driver.get('about:blank')  # instead of the browser's own page, and what that loads
    yield Browser(driver)
    driver.quit()


@pytest.fixture
def unlike(comparison):
    """Return the comparison as if the clips did not show the same action."""
    verdict = replace(comparison.verdict, kind='not alike', spans_a=())
    return replace(comparison, verdict=verdict, score=None, differences=())
