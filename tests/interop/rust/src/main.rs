//! A node of the hash table made of rust-libp2p, for tests/interop/others.mjs.
//!
//! Reads a command a line, `NUMBER VERB [ARG]...`, keys and values in hex, and
//! prints a JSON object a line: first who it is, then `{"n": NUMBER, ...}` for
//! each command, with `error` when it failed. Ends with its input.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures::StreamExt;
use libp2p::kad::{self, store::MemoryStore, QueryId, QueryResult, Quorum, Record, RecordKey};
use libp2p::swarm::{NetworkBehaviour, Swarm, SwarmEvent};
use libp2p::{identify, multiaddr::Protocol, noise, ping, tcp, yamux, Multiaddr, PeerId, StreamProtocol, SwarmBuilder};
use serde_json::{json, Value};
use tokio::io::{AsyncBufReadExt, BufReader};

const KAD: StreamProtocol = StreamProtocol::new("/pars/kad/1.0.0");

#[derive(NetworkBehaviour)]
struct Behaviour {
    kad: kad::Behaviour<MemoryStore>,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
}

/// A command whose query runs.
struct Waiting {
    number: u64,
    values: Vec<String>,
    peers: HashSet<PeerId>,
    wanted: Option<PeerId>,
}

#[derive(Default)]
struct Node {
    waiting: HashMap<QueryId, Waiting>,
    known: HashMap<PeerId, identify::Info>,
    identifying: Vec<(u64, PeerId)>,
    pinging: Vec<(u64, PeerId)>,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    (0..text.len())
        .step_by(2)
        .map(|i| text.get(i..i + 2).and_then(|t| u8::from_str_radix(t, 16).ok()).ok_or("no hex".into()))
        .collect()
}

fn say(number: u64, mut answer: Value) {
    answer["n"] = json!(number);
    println!("{answer}");
}

fn identity(info: &identify::Info) -> Value {
    json!({ "agent": info.agent_version, "protocols": info.protocols.iter().map(|p| p.to_string()).collect::<Vec<_>>() })
}

impl Node {
    fn start(&mut self, swarm: &mut Swarm<Behaviour>, number: u64, verb: &str, args: &[&str]) -> Result<(), String> {
        let arg = |i: usize| args.get(i).copied().ok_or("an argument is missing".to_string());
        let text = |e: &dyn std::fmt::Display| e.to_string();
        let mut wanted = None;
        let kad = &mut swarm.behaviour_mut().kad;
        let query = match verb {
            "bootstrap" => {
                let mut addr: Multiaddr = arg(0)?.parse().map_err(|e| text(&e))?;
                let Some(Protocol::P2p(peer)) = addr.pop() else { return Err("no /p2p".into()) };
                kad.add_address(&peer, addr);
                kad.bootstrap().map_err(|e| text(&e))?
            }
            "put" => {
                let record = Record::new(unhex(arg(0)?)?, unhex(arg(1)?)?);
                kad.put_record(record, Quorum::One).map_err(|e| text(&e))?
            }
            "get" => kad.get_record(RecordKey::new(&unhex(arg(0)?)?)),
            "provide" => kad.start_providing(RecordKey::new(&unhex(arg(0)?)?)).map_err(|e| text(&e))?,
            "providers" => kad.get_providers(RecordKey::new(&unhex(arg(0)?)?)),
            "findpeer" => {
                let peer: PeerId = arg(0)?.parse().map_err(|e| text(&e))?;
                wanted = Some(peer);
                kad.get_closest_peers(peer)
            }
            "table" => {
                let peers: Vec<String> =
                    kad.kbuckets().flat_map(|b| b.iter().map(|e| e.node.key.preimage().to_string()).collect::<Vec<_>>()).collect();
                say(number, json!({ "peers": peers }));
                return Ok(());
            }
            "identify" | "ping" => {
                let peer: PeerId = arg(0)?.parse().map_err(|e| text(&e))?;
                match self.known.get(&peer) {
                    Some(info) if verb == "identify" => say(number, identity(info)),
                    None if verb == "identify" => self.identifying.push((number, peer)),
                    _ => self.pinging.push((number, peer)),
                }
                return Ok(());
            }
            _ => return Err("no such verb".into()),
        };
        self.waiting.insert(query, Waiting { number, values: Vec::new(), peers: HashSet::new(), wanted });
        Ok(())
    }

    fn progressed(&mut self, id: QueryId, result: QueryResult, last: bool) {
        let Some(w) = self.waiting.get_mut(&id) else { return };
        let mut error = None;
        let mut addresses = Vec::new();
        match result {
            QueryResult::GetRecord(Ok(kad::GetRecordOk::FoundRecord(r))) => w.values.push(hex(&r.record.value)),
            QueryResult::GetRecord(Err(e)) if w.values.is_empty() => error = Some(e.to_string()),
            QueryResult::GetProviders(Ok(kad::GetProvidersOk::FoundProviders { providers, .. })) => w.peers.extend(providers),
            QueryResult::GetProviders(Err(e)) => error = Some(e.to_string()),
            QueryResult::PutRecord(Err(e)) => error = Some(e.to_string()),
            QueryResult::StartProviding(Err(e)) => error = Some(e.to_string()),
            QueryResult::Bootstrap(Err(e)) => error = Some(e.to_string()),
            QueryResult::GetClosestPeers(Ok(found)) => {
                w.peers.extend(found.peers.iter().map(|p| p.peer_id));
                let one = found.peers.into_iter().find(|p| Some(p.peer_id) == w.wanted);
                addresses = one.map(|p| p.addrs.iter().map(|a| a.to_string()).collect()).unwrap_or_default();
            }
            QueryResult::GetClosestPeers(Err(e)) => error = Some(e.to_string()),
            _ => {}
        }
        if last {
            let w = self.waiting.remove(&id).expect("it was there");
            let peers: Vec<String> = w.peers.iter().map(|p| p.to_string()).collect();
            match error {
                Some(e) => say(w.number, json!({ "error": e })),
                None => say(w.number, json!({ "values": w.values, "peers": peers, "addresses": addresses })),
            }
        }
    }

    fn event(&mut self, swarm: &mut Swarm<Behaviour>, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::NewListenAddr { address, .. } => {
                swarm.add_external_address(address.clone());
                let peer = swarm.local_peer_id();
                println!("{}", json!({ "peerId": peer.to_string(), "address": format!("{address}/p2p/{peer}") }));
            }
            SwarmEvent::Behaviour(BehaviourEvent::Kad(kad::Event::OutboundQueryProgressed { id, result, step, .. })) => {
                self.progressed(id, result, step.last)
            }
            SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received { peer_id, info, .. })) => {
                if info.protocols.contains(&KAD) {
                    for addr in &info.listen_addrs {
                        swarm.behaviour_mut().kad.add_address(&peer_id, addr.clone());
                    }
                }
                for (number, _) in self.identifying.iter().filter(|(_, p)| *p == peer_id) {
                    say(*number, identity(&info));
                }
                self.identifying.retain(|(_, p)| *p != peer_id);
                self.known.insert(peer_id, info);
            }
            SwarmEvent::Behaviour(BehaviourEvent::Ping(ping::Event { peer, result, .. })) => {
                for (number, _) in self.pinging.iter().filter(|(_, p)| *p == peer) {
                    match &result {
                        Ok(rtt) => say(*number, json!({ "us": rtt.as_micros() as u64 })),
                        Err(e) => say(*number, json!({ "error": e.to_string() })),
                    }
                }
                self.pinging.retain(|(_, p)| *p != peer);
            }
            _ => {}
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut swarm = SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)?
        .with_behaviour(|key| {
            let id = key.public().to_peer_id();
            let mut kad = kad::Behaviour::with_config(id, MemoryStore::new(id), kad::Config::new(KAD));
            kad.set_mode(Some(kad::Mode::Server));
            Behaviour {
                kad,
                identify: identify::Behaviour::new(
                    identify::Config::new("/pars/1.0.0".into(), key.public()).with_agent_version("interop-rust/1".into()),
                ),
                ping: ping::Behaviour::new(ping::Config::new().with_interval(Duration::from_millis(500))),
            }
        })?
        .with_swarm_config(|c| c.with_idle_connection_timeout(Duration::from_secs(600)))
        .build();
    swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse()?)?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut node = Node::default();
    loop {
        tokio::select! {
            line = lines.next_line() => {
                let Some(line) = line? else { return Ok(()) };
                let words: Vec<&str> = line.split(' ').collect();
                if let [number, verb, args @ ..] = words.as_slice() {
                    let number = number.parse()?;
                    if let Err(e) = node.start(&mut swarm, number, verb, args) {
                        say(number, json!({ "error": e }));
                    }
                }
            }
            event = swarm.select_next_some() => node.event(&mut swarm, event),
        }
    }
}
