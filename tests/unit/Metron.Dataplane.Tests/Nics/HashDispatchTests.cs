using Metron.Dataplane.Nics;
using Metron.NetworkFunctions.Chains;
using Metron.NetworkFunctions.Napt;

namespace Metron.Dataplane.Tests.Nics;

/// <summary>A chain with a NAPT behind the emulated NIC, where the hash of packets alone names their flow groups.</summary>
public sealed class HashDispatchTests
{
    private const int Flows = 300;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Replies_find_the_binding_of_their_flow_in_the_flow_group_that_they_hash_to()
    {
        using var wire = new RecordingWire();
        using var nic = EmulatedNic.Create(
            new EmulatedNicOptions { Queues = 2, IdleSleep = TimeSpan.FromMicroseconds(50), EmptyStepsBeforeSleep = 10 }, new LockedPort(wire.Inner));
        await using (var dataplane = Dataplane.Start(
            new DataplaneOptions
            {
                Workers = [new WorkerOptions(), new WorkerOptions()],
                FlowGroups = 64,
                Hash = nic.Hash,
                MaximumFlowsPerWorker = 4096,
                IdleSleep = TimeSpan.FromMicroseconds(50),
                EmptyPollsBeforeSleep = 10,
            },
            nic.OpenQueues()))
        {
            nic.Start();
            await dataplane.SteerAsync(nic);
            await dataplane.DeployAsync(Program());

            var sent = Enumerable.Range(0, Flows).Select(i => Frame(i)).ToList();
            var translated = wire.Pass([.. sent.Select(frame => frame.Build())], Deadline).Select(frame => Frames.Read(frame)).ToList();
            Assert.Equal(Flows, translated.Select(headers => (headers.SourcePort, headers.Destination, headers.DestinationPort)).Distinct().Count());
            Assert.All(translated, headers => Assert.Equal("198.51.100.1", headers.Source.ToString()));

            var replies = translated.Select(headers => Reply(headers).Build()).ToList();
            var back = wire.Pass(replies, Deadline).Select(frame => Frames.Read(frame)).Select(headers => (headers.Destination, headers.DestinationPort));
            Assert.Equal(sent.Select(frame => (frame.Source, frame.SourcePort)).Order(), back.Order());
            Assert.All(dataplane.ReadStatistics().Workers, worker => Assert.InRange(worker.Received.Packets, 1UL, (2UL * Flows) - 1));
        }
    }

    private static ResidualProgram Program()
    {
        var program = Chains.Line(new NaptConfiguration("nat") { Pool = [new AddressRange(IpAddress.Parse("198.51.100.1"), IpAddress.Parse("198.51.100.1"))] });
        return program with { IngressTags = [.. program.IngressTags.Select(tag => tag with { Worker = IngressTag.AnyGroup })] };
    }

    private static FrameBuilder Frame(int number) => new()
    {
        Vlan = (ushort)Chains.ClientTag,
        Source = IpAddress.Parse($"10.0.0.{1 + (number % 7)}"),
        SourcePort = (ushort)(30000 + number),
        Destination = IpAddress.Parse($"203.0.113.{1 + (number % 50)}"),
    };

    private static FrameBuilder Reply(PacketHeaders headers) => new()
    {
        Vlan = (ushort)Chains.FarTag,
        Source = headers.Destination,
        SourcePort = headers.DestinationPort,
        Destination = headers.Source,
        DestinationPort = headers.SourcePort,
    };

    /// <summary>Passes frames and waits for as many.</summary>
    private sealed class RecordingWire : IDisposable
    {
        public LockedWire Inner { get; } = new();

        public List<byte[]> Pass(List<byte[]> frames, TimeSpan deadline)
        {
            var before = Inner.SentCount;
            frames.ForEach(Inner.Inject);
            Assert.True(SpinWait.SpinUntil(() => Inner.SentCount >= before + frames.Count, deadline), $"only {Inner.SentCount - before} came out");
            return Inner.SentFrames().Skip(before).ToList();
        }

        public void Dispose() => Inner.Dispose();
    }
}
