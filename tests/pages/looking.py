"""A real service, a real browser, and the rules of WCAG: what the tests of this folder look with."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / "var" / "pages"
"""Ignored by Git: the pictures taken, and axe-core as fetched."""
AXE = "4.14.1"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_START_SECONDS = 300
_BROWSER = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@contextmanager
def service(folder: Path) -> Iterator[str]:
    """`timescales run` on a free port with a data folder of its own, from when it answers until it is told to stop."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {name: value for name, value in os.environ.items() if not name.startswith("TIMESCALES_")}
    command = [str(Path(sys.executable).with_name("timescales")), "run"]
    log = folder / "service.log"
    with log.open("wb") as out:
        environment = {**told, "TIMESCALES_DATA_DIR": str(folder), "TIMESCALES_PORT": str(port)}
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process, log)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError(f"the service did not answer in {_START_SECONDS} seconds: {log.read_text()}")


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's own Chromium: `make pages` has seen to it that there is one."""
    chromium = shutil.which("chromium")
    assert chromium, "there is no browser: run `make test`, which installs chromium"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=_BROWSER)
        try:
            yield opened
        finally:
            opened.close()


def _failed(request: Request) -> list[str]:
    """What did not come; but for what was on its way when we went on to another page, which broke it off ourselves."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.url} failed: {request.failure}"]


@contextmanager
def page_of(opened: Browser, width: int, **settings: object) -> Iterator[tuple[Page, list[str]]]:
    """A page so many pixels wide, and what the browser complains of meanwhile: a blocked style, a missing file."""
    context: BrowserContext = opened.new_context(viewport={"width": width, "height": 900}, **settings)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(f"{page.url}: {said.text}"))
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("requestfailed", lambda request: complaints.extend(_failed(request)))
        yield page, complaints
    finally:
        context.close()


NOBODY = "nobody"
WORKER, MANAGER, SERVICE_MANAGER = "worker", "team-manager", "service-manager"
GROUP_MANAGER, HEAD, REVIEWER = "group-manager-fieldwork", "head-of-service", "chair"
ANALYST, ADMINISTRATOR = "performance-analyst", "administrator"
_CHOICES = {MANAGER: "team-manager/assessment-team-north/", WORKER: "worker///care-management-north"}
"""Who is chosen where a post has several: the beginning of what the button of the list sends."""


@contextmanager
def as_(
    opened: Browser, address: str, who: str, width: int = 1280, **settings: object
) -> Iterator[tuple[Page, list[str]]]:
    """A page of somebody signed in, as a person would: by choosing from the list. What comes first is still shown."""
    with page_of(opened, width, **settings) as (page, complaints):
        page.goto(f"{address}/sign-in", wait_until="networkidle")
        if who != NOBODY:
            page.locator(f'button[value^="{_CHOICES.get(who, who + "/")}"]').first.click()
            page.wait_for_load_state()
        yield page, complaints


def width_of(page: Page) -> int:
    """How many pixels a page needs across: more than its window has, and it scrolls sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth"))


def axe() -> str:
    """The script of axe-core, fetched once with npm's own client, and refused if it is not the one that was meant."""
    kept = CACHE / f"axe-core-{AXE}.js"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run([_npm(), "pack", "--silent", f"axe-core@{AXE}"], cwd=CACHE, check=True, capture_output=True)
        archive = CACHE / f"axe-core-{AXE}.tgz"
        with tarfile.open(archive) as packed:
            script = packed.extractfile("package/axe.min.js")
            assert script is not None
            kept.write_bytes(script.read())
        archive.unlink()
    content = kept.read_bytes()
    assert hashlib.sha256(content).hexdigest() == AXE_SHA256, f"{kept} is not axe-core {AXE}: delete it"
    return content.decode()


def _npm() -> str:
    """npm, installed first where it is missing and may be."""
    if shutil.which("npm") is None:
        install = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "npm"]
        assert os.geteuid() == 0, f"axe-core is fetched with npm, and there is none. Run: sudo {' '.join(install)}"
        print(f"axe-core is fetched with npm, and there is none. Running {' '.join(install)}")
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(install, check=True, capture_output=True)
    found = shutil.which("npm")
    assert found
    return found


def violations(page: Page, script: str) -> list[str]:
    """What axe finds wrong, and where. The context must bypass the page's policy, which lets in no script."""
    page.evaluate(script)
    found = page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
    return [
        f"{page.url}: {one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
        for one in found["violations"]
    ]
