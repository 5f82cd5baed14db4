"""pyroute2's side of the benchmark: prints the seconds that the work took."""
import sys
import time

from pyroute2 import IPRoute, NetNS


def attach(ip, count):
    bridge = ip.link_lookup(ifname="br0")[0]
    for i in range(count):
        ip.link("add", ifname=f"v{i}", kind="veth", peer={"ifname": "eth0", "net_ns_fd": f"c{i}"})
        ip.link("set", index=ip.link_lookup(ifname=f"v{i}")[0], master=bridge, state="up")
        with NetNS(f"c{i}") as inside:
            eth0 = inside.link_lookup(ifname="eth0")[0]
            inside.addr("add", index=eth0, address=f"10.9.{i // 250}.{i % 250 + 2}", prefixlen=16)
            inside.link("set", index=eth0, state="up")
            inside.route("add", dst="0.0.0.0/0", gateway="10.9.255.1")


def create(ip, count):
    for i in range(count):
        ip.link("add", ifname=f"v{i}", kind="veth", peer={"ifname": f"p{i}"})


def remove(ip, count):
    for i in range(count):
        ip.link("del", index=ip.link_lookup(ifname=f"v{i}")[0])


def list_links(ip, count):
    print(len(ip.get_links()), file=sys.stderr)


work = {"attach": attach, "create": create, "remove": remove, "list": list_links}[sys.argv[1]]
with IPRoute() as ip:
    started = time.monotonic()
    work(ip, int(sys.argv[2]))
    print(time.monotonic() - started)
