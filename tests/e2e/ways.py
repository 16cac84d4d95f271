# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way to the relay: IPv6, a name, an HTTP and a SOCKS5 proxy, `no_proxy`.

The proxies are stock programs, and what they log says that the session went through them.
"""

import contextlib
import pathlib
import socket
import tempfile

from deskside_test import programs, tap

TINYPROXY = """Port {port}
Listen 127.0.0.1
LogLevel Info
BasicAuth ann password
"""

DANTED = """logoutput: stdout
internal: 127.0.0.1 port = {port}
external: lo
clientmethod: none
socksmethod: none
client pass {{ from: 127.0.0.0/8 to: 0/0 }}
socks pass {{ from: 0/0 to: 0/0 log: connect }}
"""

TRIES = 5


def free_port():
    """Return a port that was free a moment ago: neither proxy can say which it took."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def start_proxy(stack, folder, command, config, ready):
    """Start a proxy; return it and its port."""
    path = folder / "proxy.conf"
    for _ in range(TRIES):
        port = free_port()
        path.write_text(config.format(port=port), encoding="utf-8")
        proxy = programs.Program([*command, path])
        try:
            proxy.wait_line(ready)
        except programs.Failure:
            proxy.stop()
            continue
        stack.enter_context(proxy)
        return proxy, port
    raise programs.Failure(f"{command[0]}: no port to be had")


def meet(relay_address, pin, share_env=None, connect_env=None):
    """Have a session over the relay at an address; return the paths' remote ends as both name them."""
    through = ["--relay", relay_address, "--relay-pin", pin]
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        vnc = f"127.0.0.1:{server.getsockname()[1]}"
        share = stack.enter_context(programs.cli("share", "--vnc", vnc, *through, env=share_env))
        code = share.wait_event("code")["code"]
        connect = programs.cli("connect", code, *through, env=connect_env)
        stack.enter_context(connect)
        ends = [program.wait_event("path", path="relay")["remote"] for program in (share, connect)]
        connect.wait_event("peer")
        share.wait_event("peer")
        connect.stop()
        share.wait_exit()
        return ends


def relay_at(stack, folder, listen):
    """Start a relay on an address; return (port, pin)."""
    relay, address, pin = programs.relay(folder, "--listen", listen)
    stack.enter_context(relay)
    return programs.split_address(address)[1], pin


def check_addresses(t, folder):
    """Reach it over IPv6, and by a name."""
    with contextlib.ExitStack() as stack:
        port, pin = relay_at(stack, folder / "six", "[::1]:0")
        t.equal("over IPv6", meet(f"[::1]:{port}", pin), [f"[::1]:{port}"] * 2)
        port, pin = relay_at(stack, folder / "four", "127.0.0.1:0")
        is_four = meet(f"localhost:{port}", pin)
        t.equal("by a name", is_four, [f"127.0.0.1:{port}"] * 2)


def check_http(t, folder):
    """Go through tinyproxy with a password; without it; and past it."""
    with contextlib.ExitStack() as stack:
        port, pin = relay_at(stack, folder / "relay", "127.0.0.1:0")
        proxy, at = start_proxy(
            stack, folder, ["tinyproxy", "-d", "-c"], TINYPROXY, r"Accepting connections"
        )
        env = {"https_proxy": f"http://ann:p%61ssword@127.0.0.1:{at}", "no_proxy": ""}
        meet(f"127.0.0.1:{port}", pin, share_env=env, connect_env=env)
        asked = [line for line in proxy.lines if f"CONNECT 127.0.0.1:{port}" in line]
        t.check("both go through the HTTP proxy", [] if len(asked) >= 2 else proxy.lines)
        seen = len(proxy.lines)
        meet(f"127.0.0.1:{port}", pin, share_env=env, connect_env={**env, "no_proxy": "127.0.0.1"})
        asked = [line for line in proxy.lines[seen:] if f"CONNECT 127.0.0.1:{port}" in line]
        t.check("no_proxy leads past it", [] if len(asked) == 1 else proxy.lines[seen:])


def check_socks(t, folder):
    """Go through danted, which resolves the relay's name."""
    with contextlib.ExitStack() as stack:
        port, pin = relay_at(stack, folder / "relay", "127.0.0.1:0")
        proxy, at = start_proxy(stack, folder, ["danted", "-f"], DANTED, r"running")
        for scheme in ("socks5", "socks5h"):
            seen = len(proxy.lines)
            env = {"all_proxy": f"{scheme}://127.0.0.1:{at}", "no_proxy": "", "https_proxy": ""}
            meet(f"127.0.0.1:{port}", pin, connect_env=env)
            lines = proxy.lines[seen:]
            is_seen = any(f".{port}" in line or f":{port}" in line for line in lines)
            t.check(f"through {scheme}", [] if is_seen else lines)


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_addresses(t, folder)
        check_http(t, folder)
        check_socks(t, folder)
    return t.done()


if __name__ == "__main__":
    tap.fail_on_exception(main)
