// The Go netlink package's side of the benchmark: prints the seconds that the work took.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func attach(count int) {
	bridge, err := netlink.LinkByName("br0")
	must(err)
	_, everywhere, _ := net.ParseCIDR("0.0.0.0/0")
	for i := 0; i < count; i++ {
		handle, err := netns.GetFromName(fmt.Sprintf("c%d", i))
		must(err)
		attrs := netlink.NewLinkAttrs()
		attrs.Name = fmt.Sprintf("v%d", i)
		attrs.MasterIndex = bridge.Attrs().Index
		attrs.Flags = net.FlagUp
		must(netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: "eth0", PeerNamespace: netlink.NsFd(handle)}))
		inside, err := netlink.NewHandleAt(handle)
		must(err)
		peer, err := inside.LinkByName("eth0")
		must(err)
		address, err := netlink.ParseAddr(fmt.Sprintf("10.9.%d.%d/16", i/250, i%250+2))
		must(err)
		must(inside.AddrAdd(peer, address))
		must(inside.LinkSetUp(peer))
		must(inside.RouteAdd(&netlink.Route{Dst: everywhere, Gw: net.IPv4(10, 9, 255, 1), LinkIndex: peer.Attrs().Index}))
		inside.Delete()
		handle.Close()
	}
}

func create(count int) {
	for i := 0; i < count; i++ {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = fmt.Sprintf("v%d", i)
		must(netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: fmt.Sprintf("p%d", i)}))
	}
}

func remove(count int) {
	for i := 0; i < count; i++ {
		link, err := netlink.LinkByName(fmt.Sprintf("v%d", i))
		must(err)
		must(netlink.LinkDel(link))
	}
}

func list(int) {
	links, err := netlink.LinkList()
	must(err)
	fmt.Fprintln(os.Stderr, len(links))
}

func main() {
	runtime.LockOSThread()
	count, err := strconv.Atoi(os.Args[2])
	must(err)
	work := map[string]func(int){"attach": attach, "create": create, "remove": remove, "list": list}[os.Args[1]]
	started := time.Now()
	work(count)
	fmt.Println(time.Since(started).Seconds())
}
