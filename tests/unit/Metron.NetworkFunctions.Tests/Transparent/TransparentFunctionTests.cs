using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Transparent;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.Transparent;

public class TransparentFunctionTests
{
    [Theory]
    [InlineData("10.0.0.1", "203.0.113.5")]
    [InlineData("fd00::1", "2001:db8::5")]
    public void Everything_passes_unchanged(string client, string server)
    {
        var worker = new TestWorker(NetworkFunctionFactory.Create(new TransparentConfiguration("wire"), WorkerResources.Default));
        var packet = Tcp(client, 1, server, 2, Ack);
        Assert.Equal(packet, worker.Pass(packet, Inside));
        Assert.Equal(Verdict.Forward(Outside, TransparentFunction.PassOutcome), worker.Verdict);
        worker.Pass(packet.Reply() with { IsFragment = true }, Outside);
        Assert.Equal(Verdict.ForwardOnce(Inside, TransparentFunction.PassOutcome), worker.Verdict);

        var (outer, embedded) = worker.SendErrorExpecting(DropReason.None, Unreachable(server, client), packet, Outside);
        Assert.Equal((Unreachable(server, client), packet), (outer, embedded));
    }
}
