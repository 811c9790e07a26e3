using CsCheck;
using Metron.NetworkFunctions.LoadBalancer;
using Metron.NetworkFunctions.Runtime;
using Metron.Packets;
using static Metron.NetworkFunctions.Tests.TestPackets;

namespace Metron.NetworkFunctions.Tests.LoadBalancer;

public class LoadBalancerProperties
{
    private const string Vip = "198.51.100.10";
    private static readonly Gen<int[]> Weights = Gen.Int[0, 10].Array[1, 8].Where(weights => weights.Any(weight => weight > 0));

    [Fact]
    public void New_connections_are_shared_out_by_weight() =>
        Weights.Sample(
            weights =>
            {
                const int connections = 4000;
                var worker = LoadBalancerFunctionTests.Balancer(Configuration(weights));
                var counts = new Dictionary<IpAddress, int>();
                for (var connection = 0; connection < connections; connection++)
                {
                    var chosen = worker.Pass(Udp($"192.0.2.{connection % 200}", 1024 + connection, Vip, 53), Inside).Destination;
                    counts[chosen] = counts.GetValueOrDefault(chosen) + 1;
                }

                for (var index = 0; index < weights.Length; index++)
                {
                    var share = (double)weights[index] / weights.Sum();
                    var expected = connections * share;
                    // 2% of the table's own granularity, and five standard deviations of the sample.
                    var tolerance = (0.02 * expected) + (5 * Math.Sqrt(expected * (1 - share)));
                    Assert.InRange(counts.GetValueOrDefault(Address(index)), expected - tolerance, expected + tolerance);
                }
            },
            iter: 30);

    [Fact]
    public void The_table_gives_each_backend_its_share_to_2_percent() =>
        Gen.Int[0, 1000].Array[1, 40].Where(weights => weights.Any(weight => weight > 0)).Sample(
            weights =>
            {
                var table = new ConsistentTable(Backends(weights));
                var slots = new int[weights.Length];
                for (var slot = 0; slot < table.Length; slot++)
                {
                    slots[table[slot]]++;
                }

                for (var index = 0; index < weights.Length; index++)
                {
                    var expected = (double)table.Length * weights[index] / weights.Sum();
                    Assert.InRange(slots[index], (0.98 * expected) - 2, (1.02 * expected) + 2);
                }
            },
            iter: 100);

    [Fact]
    public void Two_workers_and_a_restart_choose_alike_and_every_reply_comes_from_the_service() =>
        Gen.Select(Weights, Gen.Bool, Gen.Select(Gen.Byte, Gen.UShort[1, 65535]).Array[1, 100]).Sample(
            (weights, byClient, clients) =>
            {
                var configuration = Configuration(weights, byClient);
                var left = LoadBalancerFunctionTests.Balancer(configuration);
                var right = new TestWorker(NetworkFunctionFactory.Create(configuration, new WorkerResources { HashSeed = 7 }));
                foreach (var (host, port) in clients)
                {
                    var request = Udp($"192.0.2.{host}", port, Vip, 53);
                    var sent = left.Pass(request, Inside);
                    Assert.Equal(sent, right.Pass(request, Inside));
                    Assert.Equal(request.Reply(), left.Pass(sent.Reply(), Outside));
                }
            },
            iter: 100);

    [Fact]
    public void With_affinity_by_client_all_connections_of_a_client_go_to_one_backend()
    {
        var worker = LoadBalancerFunctionTests.Balancer(Configuration([1, 1, 1, 1], true));
        var used = new HashSet<IpAddress>();
        for (var host = 1; host <= 60; host++)
        {
            var chosen = Enumerable.Range(1, 20).Select(port => worker.Pass(Udp($"192.0.2.{host}", port, Vip, 53), Inside).Destination);
            used.Add(Assert.Single(chosen.Distinct()));
        }

        Assert.Equal(4, used.Count);
    }

    [Fact]
    public void A_backend_that_comes_takes_its_share_and_few_choices_change_otherwise()
    {
        var before = new ConsistentTable(Backends([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]));
        var after = new ConsistentTable(Backends([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]));
        Assert.Equal(before.Length, after.Length);

        var moved = Enumerable.Range(0, before.Length).Count(slot => before[slot] != after[slot] && after[slot] != 10);

        Assert.InRange((double)moved / before.Length, 0, 0.1);
    }

    private static LoadBalancerConfiguration Configuration(int[] weights, bool byClient = false) => new("lb")
    {
        Services = [new VirtualService("dns", IpAddress.Parse(Vip), IpProtocol.Udp, 53, Backends(weights), byClient)],
    };

    private static Backend[] Backends(int[] weights) => [.. weights.Select((weight, index) => new Backend(Address(index), 5353, weight))];

    private static IpAddress Address(int index) => IpAddress.V4(0x0a000001 + (uint)index);
}
