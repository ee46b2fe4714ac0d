"""A headless Chromium, spoken to through its pipe: opens pages at a given width, asks them, presses keys, and takes pictures."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile

SECONDS = 60  # no answer takes longer


def browser_program():
    """The path of Chromium; None if there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp()
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()
        command = [browser_program(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
                   "--disable-extensions", "--disable-background-networking", "--remote-debugging-pipe", f"--user-data-dir={self.profile}"]

        def give_pipes():
            os.dup2(to_read, 13)
            os.dup2(from_write, 14)
            os.dup2(13, 3)
            os.dup2(14, 4)

        self.process = subprocess.Popen(command, preexec_fn=give_pipes, close_fds=False, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.writer, self.reader, self.buffer, self.number, self.events = to_write, from_read, b"", 0, []
        target = self.ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = self.ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(domain + ".enable")

    def read(self):
        """The next message. A page that opens a dialog would wait for ever."""
        while b"\0" not in self.buffer:
            if not select.select([self.reader], [], [], SECONDS)[0]:
                raise RuntimeError("the browser does not answer")
            more = os.read(self.reader, 1 << 20)
            if not more:
                raise RuntimeError("the browser has ended")
            self.buffer += more
        message, _, self.buffer = self.buffer.partition(b"\0")
        message = json.loads(message)
        if message.get("method") == "Page.javascriptDialogOpening":
            self.send("Page.handleJavaScriptDialog", {"accept": True})
        return message

    def send(self, method, parameters=None):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters or {}}
        if hasattr(self, "session") and not method.startswith("Target."):
            message["sessionId"] = self.session
        os.write(self.writer, json.dumps(message).encode() + b"\0")
        return self.number

    def ask(self, method, parameters=None):
        number = self.send(method, parameters)
        while True:
            answer = self.read()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def open(self, path, width, height=900, dark=False):
        """Opens a file. Returns what went wrong on the page: messages of its script, and requests for other files."""
        self.events.clear()
        self.ask("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.ask("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
        self.ask("Page.navigate", {"url": "file://" + os.path.abspath(path)})
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.read())
        self.value("new Promise(done => setTimeout(done, 60))")  # charts are drawn when the page has its width
        wrong = []
        for event in self.events:
            what, about = event.get("method"), event.get("params", {})
            if what == "Runtime.exceptionThrown":
                wrong.append(about["exceptionDetails"].get("exception", {}).get("description", "exception"))
            elif what == "Page.javascriptDialogOpening":
                wrong.append("a dialog: " + about["message"])
            elif what == "Log.entryAdded" and about["entry"]["level"] == "error":
                wrong.append(about["entry"]["text"])
            elif what == "Network.requestWillBeSent" and not about["request"]["url"].startswith(("file://" + os.path.abspath(path), "data:", "about:")):
                wrong.append("asks for " + about["request"]["url"])
        return wrong

    def value(self, expression):
        """The value of an expression in the page."""
        answer = self.ask("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def press(self, key):
        codes = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), "ArrowDown": (40, ""), "ArrowUp": (38, ""), "ArrowLeft": (37, ""), "ArrowRight": (39, "")}
        code, text = codes[key]
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, **({"text": text} if text and kind == "keyDown" else {})})

    def picture(self, path, whole=True):
        data = self.ask("Page.captureScreenshot", {"captureBeyondViewport": whole, **({"clip": {**self.value(
            "({x: 0, y: 0, width: innerWidth, height: document.documentElement.scrollHeight, scale: 1})")}} if whole else {})})["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        try:
            self.ask("Browser.close")
        except (RuntimeError, OSError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)
