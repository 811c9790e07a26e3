using Google.Protobuf;

namespace Metron.Cli.Tests.Fakes;

/// <summary>Messages with a different value in every field that is shown.</summary>
internal static class Samples
{
    public static V1.ServiceChain Chain() => Parse<V1.ServiceChain>("""
        {
          "name": "web", "labels": {"team": "edge", "tier": "front"}, "etag": "e7", "revision": "3",
          "createTime": "2026-01-28T12:00:00Z", "updateTime": "2026-01-31T11:15:00Z",
          "spec": {
            "endpoints": [
              {"name": "clients", "switch": "br0", "port": 1, "vlan": 12, "role": "INGRESS", "match": {"source": "10.0.0.0/8", "protocol": "tcp"}},
              {"name": "internet", "switch": "br0", "port": 2, "peerMac": "02:00:00:00:00:01", "localMac": "02:00:00:00:00:02"}],
            "functions": [
              {"name": "fw", "firewall": {"stateful": true, "rules": [
                {"name": "web", "action": "ALLOW", "from": "INSIDE", "match": {"protocol": "tcp", "destinationPort": "80"}},
                {"action": "DENY", "match": {"protocol": "icmp", "icmpType": 0}}]}},
              {"name": "rt", "router": {
                "ports": [{"name": "lan", "mac": "02:00:00:00:00:03"}, {"name": "wan", "mac": "02:00:00:00:00:04"}],
                "routes": [{"prefix": "0.0.0.0/0", "port": "wan", "nextHopMac": "02:00:00:00:00:05"}]}},
              {"name": "lb", "loadBalancer": {"services": [{"name": "www", "address": "192.0.2.1", "protocol": "tcp", "port": 80,
                "affinity": "CLIENT_ADDRESS", "backends": [{"address": "10.1.0.1", "weight": 3}, {"address": "10.1.0.2", "port": 8080}]}]}},
              {"name": "nat", "napt": {"pool": ["198.51.100.1"], "portBlockSize": 64, "maxBlocksPerHost": 4,
                "ipv6": {"prefix": {"inside": "fd00:1::/48", "outside": "2001:db8:1::/48"}}}},
              {"name": "mon", "monitor": {"topTalkers": 5}}],
            "links": [{"from": "clients", "to": "fw"}, {"from": "fw", "to": "rt.lan"}, {"from": "rt.wan", "to": "lb"},
              {"from": "lb", "to": "nat"}, {"from": "nat", "to": "mon"}, {"from": "mon", "to": "internet"}],
            "resources": {"minCores": 2, "maxCores": 4, "server": "s1"}
          },
          "status": {
            "state": "DEGRADED", "runningRevision": "2", "switchRules": 3,
            "verification": {"result": "VERIFIED_BY_SAMPLING", "samples": 4096, "duration": "5.125s", "revision": "4", "checked": ["server's port 10"]},
            "conditions": [
              {"type": "Accepted", "status": "TRUE", "reason": "Valid", "message": "the spec is valid", "lastTransitionTime": "2026-01-28T12:00:00Z"},
              {"type": "ServersProgrammed", "status": "FALSE", "reason": "AgentLost", "message": "server s1 is not connected",
               "lastTransitionTime": "2026-01-31T11:59:30Z"}],
            "placements": [{"server": "s1", "workers": [0, 1, 2, 5], "tags": [
              {"value": 100, "kind": "VLAN", "worker": 0, "ingress": "clients"},
              {"value": 101, "kind": "MAC", "worker": 1, "ingress": "internet"}]}],
            "trafficClasses": [
              {"id": 1, "ingress": "clients", "egress": "internet", "path": ["fw: allow", "nat: translate"], "decidedBy": "server",
               "packets": "1234", "bytes": "567890"},
              {"id": 2, "ingress": "clients", "path": ["fw: deny"], "decidedBy": "switch", "packets": "7", "bytes": "448"}]
          }
        }
        """);

    public static V1.Agent Agent() => Parse<V1.Agent>("""
        {
          "name": "s1", "connected": true, "lastTransitionTime": "2026-01-31T10:00:00Z",
          "resources": {
            "agentVersion": "0.1.0", "dpdkVersion": "22.11.3", "cpuModel": "Example CPU", "tscHz": "2500000000", "memoryBytes": "268435456",
            "startTime": "2026-01-30T12:00:00Z",
            "ports": [{"index": 0, "device": "net_af_packet0,iface=m0", "driver": "net_af_packet", "switch": "br0", "switchPort": 10,
              "mac": "02:00:00:00:00:0a", "linkUp": true, "dispatch": "port-per-worker"}],
            "workers": [{"index": 0, "core": 4, "port": 0, "queue": 0}, {"index": 1, "core": 5, "port": 0, "queue": 1}]},
          "deployedChains": [{"chain": "web", "revision": "2", "digest": "abc", "workers": [0, 1]}],
          "load": {
            "server": "s1", "time": "2026-01-31T11:59:59Z", "interval": "1s", "collections": "8", "collectionPauseMicroseconds": 2400,
            "workers": [{"worker": 0, "load": 0.42, "received": {"packets": "1000", "bytes": "64000"}, "sent": {"packets": "990", "bytes": "63000"},
              "drops": {"noRoute": "10", "denied": "0"}, "cyclesPerPacket": 123.4, "flowEntries": "17", "medianPollGapMicroseconds": 3.2, "p9999PollGapMicroseconds": 18.4, "maxPollGapMicroseconds": 55.5, "slowPathPackets": "21",
              "samples": {"interval": 256, "polls": "4", "stages": [
                {"stage": "receive", "packets": "100", "cycles": "3000"}, {"stage": "rewrite", "packets": "100", "cycles": "2500"},
                {"stage": "slowPath", "packets": "10", "cycles": "2000"}, {"stage": "housekeeping", "cycles": "500"}]},
              "packetTimes": {"packets": "99", "medianMicroseconds": 1.535, "p99Microseconds": 4.351, "p999Microseconds": 12.287, "maxMicroseconds": 13.311}}],
            "chains": [{"chain": "web",
              "functionCycles": [{"function": "fw", "worker": 0, "path": "asked", "packets": "10", "cycles": "1500"}, {"function": "mon", "worker": 0, "path": "established", "packets": "40", "cycles": "500"}],
              "packetTimes": [{"worker": 0, "times": {"packets": "98", "medianMicroseconds": 1.407, "p99Microseconds": 4.095, "p999Microseconds": 11.263, "maxMicroseconds": 14.335}}],
              "classes": [{"trafficClass": 1, "worker": 0, "counters": {"packets": "900", "bytes": "57600"}}],
              "functions": [{"function": "mon", "counters": {"bindings": "3"}, "topTalkers": [
                {"source": "10.0.0.1", "destination": "192.0.2.1", "counters": {"packets": "800", "bytes": "51200"}}]}]}]}
        }
        """);

    /// <summary>A server that balances four flow groups over three workers.</summary>
    public static V1.Agent BalancingAgent() => Parse<V1.Agent>("""
        {
          "name": "b1", "connected": true, "lastTransitionTime": "2026-01-31T10:00:00Z",
          "resources": {"flowGroups": 4, "workers": [{"index": 0, "core": 4}, {"index": 1, "core": 5, "queue": 1}, {"index": 2, "core": 6, "queue": 2}]},
          "load": {"server": "b1", "balancer": {
            "mode": "auto", "nic": "emulated", "indirection": [0, 1, 1, 0], "groupLoads": [1.25, 0.2, 0.125, 0],
            "workers": [
              {"worker": 0, "load": 0.98, "queueFill": 0.5, "state": "active", "flowGroups": 2},
              {"worker": 1, "load": 0.325, "state": "active", "flowGroups": 2},
              {"worker": 2, "state": "parked"}],
            "squaredImbalance": 0.2139, "spreadPercent": 201.5, "moves": "17", "cancelledMoves": "1", "maxMigrationMicroseconds": 87.5,
            "elephants": [{"flowGroup": 0, "load": 1.25, "worker": 0}],
            "decisions": [
              {"tick": "31", "time": "2026-01-31T11:59:58Z", "summary": "moved 5 flow groups", "imbalanceBefore": 0.3, "imbalanceExpected": 0.21, "imbalanceMeasured": 0.2139, "outcome": "moved",
               "moves": [{"flowGroup": 1, "from": 0, "to": 1}, {"flowGroup": 2, "from": 0, "to": 1}, {"flowGroup": 3, "from": 1, "to": 0}, {"flowGroup": 0, "from": 1, "to": 0}, {"flowGroup": 0, "from": 0, "to": 1}]},
              {"tick": "30", "time": "2026-01-31T11:59:57Z", "summary": "balanced", "outcome": "nothing to do"}],
            "ticks": "31", "recording": "/var/lib/metron/balancer.jsonl"}}
        }
        """);

    /// <summary>The chain of <see cref="Chain"/> on a server that balances.</summary>
    public static V1.ServiceChain BalancedChain()
    {
        var chain = Chain();
        var placement = chain.Status.Placements[0];
        placement.Workers.Clear();
        placement.FlowGroups.AddRange([0, 1, 2, 3]);
        var ingress = placement.Tags[0].Ingress;
        placement.Tags.Clear();
        placement.Tags.AddRange(Enumerable.Range(0, 4).Select(group => new V1.Tag { Value = (uint)(100 + group), Kind = V1.TagKind.Vlan, Worker = (uint)group, Ingress = ingress }));
        return chain;
    }

    public static V1.Switch LostSwitch() => Parse<V1.Switch>("""
        {
          "name": "br1", "datapathId": "00000000000000bb", "connected": false, "lastTransitionTime": "2026-01-31T11:30:00Z",
          "openflowVersion": "1.3", "description": "Edge 1.3.0", "tagging": "MAC", "address": "192.0.2.7:50000", "intendedRules": 12,
          "lossReason": "no answer to echo, silent for 10 s", "lossTime": "2026-01-31T11:30:00Z",
          "remarks": ["announced 1.4, speaks 1.3"],
          "strayPeers": [
            { "address": "192.0.2.7", "problem": "HELLO timeout, got 10 of 16 bytes", "count": "7", "firstTime": "2026-01-31T11:31:00Z",
              "lastTime": "2026-01-31T11:59:30Z", "quarantinedUntil": "2026-01-31T12:03:00Z" },
            { "address": "192.0.2.99", "problem": "not OpenFlow", "count": "1", "firstTime": "2026-01-31T11:00:00Z", "lastTime": "2026-01-31T11:00:00Z" }
          ]
        }
        """);

    public static V1.Switch Switch() => Parse<V1.Switch>("""
        {
          "name": "br0", "datapathId": "00000000000000aa", "connected": true, "lastTransitionTime": "2026-01-31T11:00:00Z",
          "openflowVersion": "1.4", "description": "Open vSwitch 3.1.0", "tagging": "VLAN", "address": "127.0.0.1:50000", "intendedRules": 3,
          "ports": [{"number": 1, "name": "v1", "mac": "02:00:00:00:00:11", "linkUp": true}, {"number": 2, "name": "v2", "mac": "02:00:00:00:00:12"}],
          "remarks": ["header 1.4 but bitmap 1.3: using 1.3"],
          "drift": {
            "policy": "ALARM", "missing": 1, "leftOver": 2, "foreign": 1, "lastTime": "2026-01-31T11:30:00Z", "last": "1 rule missing, 2 left over",
            "rules": [
              {"kind": "MISSING", "chain": "web", "text": "table=0,priority=300,cookie=0x4d00000100010003,in_port=4,actions=drop"},
              {"kind": "FOREIGN", "text": "table=7,priority=7,cookie=0x1234,actions=drop"}]
          },
          "rules": [
            {"table": 20, "priority": 10, "cookie": "77", "chain": "web", "purpose": "tag worker 1", "text": "metadata=1 actions=output:10", "packets": "5", "bytes": "320"},
            {"table": 0, "priority": 100, "cookie": "78", "chain": "web", "purpose": "ingress clients", "text": "in_port=1 actions=goto_table:1", "packets": "6", "bytes": "384"},
            {"table": 0, "priority": 200, "cookie": "79", "chain": "other", "purpose": "ingress x", "text": "in_port=3 actions=drop", "packets": "1", "bytes": "64"}]
        }
        """);

    /// <summary>A second report of the agent's load, one second after the one in <see cref="Agent"/>.</summary>
    public static V1.ServerLoad LaterLoad()
    {
        var load = Agent().Load.Clone();
        load.Time = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(FakeController.Now);
        var worker = load.Workers[0];
        (worker.Received.Packets, worker.Received.Bytes, worker.Sent.Packets, worker.Sent.Bytes) = (2_501_000, 160_064_000, 2_500_990, 160_063_000);
        worker.Drops["noRoute"] = 30;
        worker.SlowPathPackets = 26;
        worker.Samples.Polls = 10;
        (worker.Samples.Stages[0].Packets, worker.Samples.Stages[0].Cycles) = (300, 9_000);
        (worker.Samples.Stages[1].Packets, worker.Samples.Stages[1].Cycles) = (300, 6_500);
        (load.Chains[0].FunctionCycles[0].Packets, load.Chains[0].FunctionCycles[0].Cycles) = (15, 2_000);
        load.Chains[0].Classes[0].Counters = new V1.Counters { Packets = 1_500_900, Bytes = 96_057_600 };
        return load;
    }

    private static T Parse<T>(string json)
        where T : IMessage, new() => JsonParser.Default.Parse<T>(json);
}
