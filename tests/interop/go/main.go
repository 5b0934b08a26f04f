// A node of the hash table made of go-libp2p, for tests/interop/others.mjs and
// autonat.mjs. Its argument is the address to listen on.
//
// Reads a command a line, NUMBER VERB [ARG]..., keys and values in hex, and
// prints a JSON object a line: first who it is, then {"n": NUMBER, ...} for each
// command, with "error" when it failed. Ends with its input.
package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/libp2p/go-libp2p"
	dht "github.com/libp2p/go-libp2p-kad-dht"
	record "github.com/libp2p/go-libp2p-record"
	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/multiformats/go-multihash"
)

type answer map[string]any

type node struct {
	host    host.Host
	dht     *dht.IpfsDHT
	reached event.Subscription
}

var printing sync.Mutex

func say(a answer) {
	line, err := json.Marshal(a)
	if err != nil {
		panic(err)
	}
	printing.Lock()
	defer printing.Unlock()
	fmt.Println(string(line))
}

func peerOf(text string) (peer.ID, error) { return peer.Decode(text) }

func (n *node) bootstrap(ctx context.Context, addr string) (answer, error) {
	info, err := peer.AddrInfoFromString(addr)
	if err != nil {
		return nil, err
	}
	if err := n.host.Connect(ctx, *info); err != nil {
		return nil, err
	}
	// It enters the table when identify has told that it serves it.
	for n.dht.RoutingTable().Find(info.ID) == "" && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
	return answer{}, errors.Join(ctx.Err(), <-n.dht.RefreshRoutingTable())
}

func cidOf(text string) (cid.Cid, error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		return cid.Undef, err
	}
	mh, err := multihash.Cast(raw)
	return cid.NewCidV1(cid.Raw, mh), err
}

func (n *node) providers(ctx context.Context, key string) (answer, error) {
	c, err := cidOf(key)
	if err != nil {
		return nil, err
	}
	found := []string{}
	for info := range n.dht.FindProvidersAsync(ctx, c, 0) {
		found = append(found, info.ID.String())
	}
	return answer{"peers": found}, nil
}

func (n *node) findPeer(ctx context.Context, id peer.ID) (answer, error) {
	info, err := n.dht.FindPeer(ctx, id)
	if err != nil {
		return nil, err
	}
	addresses := []string{}
	for _, a := range info.Addrs {
		addresses = append(addresses, a.String())
	}
	return answer{"addresses": addresses}, nil
}

func (n *node) identify(ctx context.Context, id peer.ID) (answer, error) {
	for ctx.Err() == nil {
		agent, err := n.host.Peerstore().Get(id, "AgentVersion")
		if err == nil {
			protocols, err := n.host.Peerstore().GetProtocols(id)
			return answer{"agent": agent, "protocols": protocol.ConvertToStrings(protocols)}, err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, ctx.Err()
}

func (n *node) table() answer {
	peers := []string{}
	for _, p := range n.dht.RoutingTable().ListPeers() {
		peers = append(peers, p.String())
	}
	return answer{"peers": peers}
}

func (n *node) ofPeer(ctx context.Context, verb, text string) (answer, error) {
	id, err := peerOf(text)
	if err != nil {
		return nil, err
	}
	switch verb {
	case "identify":
		return n.identify(ctx, id)
	case "findpeer":
		return n.findPeer(ctx, id)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := <-ping.Ping(ctx, n.host, id)
	return answer{"us": r.RTT.Microseconds()}, r.Error
}

func (n *node) ofKey(ctx context.Context, verb string, args []string) (answer, error) {
	switch verb {
	case "providers":
		return n.providers(ctx, args[0])
	case "provide":
		c, err := cidOf(args[0])
		if err != nil {
			return nil, err
		}
		return answer{}, n.dht.Provide(ctx, c, true)
	}
	key, err := hex.DecodeString(args[0])
	if err != nil {
		return nil, err
	}
	if verb == "get" {
		value, err := n.dht.GetValue(ctx, string(key))
		return answer{"values": []string{hex.EncodeToString(value)}}, err
	}
	if len(args) < 2 {
		return nil, errors.New("an argument is missing")
	}
	value, err := hex.DecodeString(args[1])
	if err != nil {
		return nil, err
	}
	return answer{}, n.dht.PutValue(ctx, string(key), value)
}

func (n *node) do(ctx context.Context, verb string, args []string) (answer, error) {
	switch verb {
	case "table":
		return n.table(), nil
	case "reachability":
		return n.reachability(ctx)
	}
	if len(args) == 0 {
		return nil, errors.New("an argument is missing")
	}
	switch verb {
	case "bootstrap":
		return n.bootstrap(ctx, args[0])
	case "identify", "ping", "findpeer":
		return n.ofPeer(ctx, verb, args[0])
	case "put", "get", "provide", "providers":
		return n.ofKey(ctx, verb, args)
	}
	return nil, errors.New("no such verb")
}

func (n *node) run(number json.Number, words []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	a, err := n.do(ctx, words[0], words[1:])
	if err != nil {
		a = answer{"error": err.Error()}
	}
	a["n"] = number
	say(a)
}

// reachability waits until others told whether they can dial this node (AutoNAT).
func (n *node) reachability(ctx context.Context) (answer, error) {
	select {
	case e := <-n.reached.Out():
		return answer{"reachability": e.(event.EvtLocalReachabilityChanged).Reachability.String()}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func start(listen string) (*node, error) {
	h, err := libp2p.New(libp2p.NoTransports, libp2p.Transport(tcp.NewTCPTransport), libp2p.Security(noise.ID, noise.New),
		libp2p.Muxer(yamux.ID, yamux.DefaultTransport), libp2p.ListenAddrStrings(listen),
		libp2p.UserAgent("interop-go/1"), libp2p.DisableRelay(), libp2p.ResourceManager(nil), libp2p.EnableNATService())
	if err != nil {
		return nil, err
	}
	reached, err := h.EventBus().Subscribe(new(event.EvtLocalReachabilityChanged))
	if err != nil {
		return nil, err
	}
	d, err := dht.New(context.Background(), h, dht.ProtocolPrefix("/pars"), dht.Mode(dht.ModeServer),
		dht.Validator(record.NamespacedValidator{"pk": record.PublicKeyValidator{}, "pars": parsRecords{}}))
	return &node{h, d, reached}, err
}

func main() {
	listen := "/ip4/127.0.0.1/tcp/0"
	if len(os.Args) > 1 {
		listen = os.Args[1]
	}
	n, err := start(listen)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	id := n.host.ID().String()
	say(answer{"peerId": id, "address": n.host.Addrs()[0].String() + "/p2p/" + id})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if words := strings.Fields(lines.Text()); len(words) > 1 {
			go n.run(json.Number(words[0]), words[1:])
		}
	}
}
