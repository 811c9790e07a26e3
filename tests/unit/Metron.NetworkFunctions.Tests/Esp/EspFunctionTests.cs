using System.Buffers.Binary;
using Metron.NetworkFunctions.Esp;
using Metron.NetworkFunctions.Runtime;
using Metron.NetworkFunctions.Tests.Tunnel;
using Metron.Packets;

namespace Metron.NetworkFunctions.Tests.Esp;

public sealed class EspFunctionTests
{
    private const int Inside = 0;
    private const int Outside = 1;
    private static readonly Dictionary<string, (byte[] Plain, byte[] Wrapped)> Vectors = TunnelFunctionTests.Read("esp.txt");

    public static TheoryData<string> Names => [.. Vectors.Keys];

    public static TheoryData<string> SamePadding => [.. Vectors.Keys.Where(name => name.StartsWith("same", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(SamePadding))]
    public void An_encrypted_packet_equals_the_one_that_scapy_makes(string name)
    {
        var frame = new FrameInBuffer(Vectors[name].Plain);
        Assert.Equal(Verdict.ForwardOnce(Outside, EspDeclaration.Encrypt), frame.Show(Make(name, near: true), Inside));
        Assert.Equal(Convert.ToHexString(Vectors[name].Wrapped), Convert.ToHexString(frame.Frame));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_packet_that_scapy_encrypted_is_decrypted_once(string name)
    {
        var function = Make(name, near: false);
        var frame = new FrameInBuffer(Vectors[name].Wrapped);
        Assert.Equal(Verdict.ForwardOnce(Inside, EspDeclaration.Decrypt), frame.Show(function, Outside));
        Assert.Equal(Convert.ToHexString(Vectors[name].Plain), Convert.ToHexString(frame.Frame));
        Assert.Equal(DropReason.Replayed, new FrameInBuffer(Vectors[name].Wrapped).Show(function, Outside).Reason);
    }

    [Theory]
    [InlineData("same-128-over4-of4")]
    [InlineData("padded-256-over6-of6-esn")]
    public void A_packet_cut_or_changed_anywhere_is_dropped_and_the_genuine_one_still_taken(string name)
    {
        var (plain, wrapped) = Vectors[name];
        var function = Make(name, near: false);
        for (var length = 14; length < wrapped.Length; length++)
        {
            Assert.True(new FrameInBuffer(wrapped[..length], tailroom: 0).Show(function, Outside).IsDrop);
        }

        var esp = 14 + (name.Contains("over6", StringComparison.Ordinal) ? 40 : 20);
        for (var at = esp; at < wrapped.Length; at++)
        {
            var changed = wrapped.ToArray();
            changed[at] ^= 0x10;
            Assert.True(new FrameInBuffer(changed, tailroom: 0).Show(function, Outside).IsDrop, $"byte {at} changed");
        }

        var frame = new FrameInBuffer(wrapped);
        Assert.False(frame.Show(function, Outside).IsDrop);
        Assert.Equal(plain, frame.Frame);
    }

    [Fact]
    public void Many_forged_packets_in_a_second_are_found_out_without_exceptions_and_genuine_ones_pass()
    {
        var (plain, wrapped) = Vectors["same-128-over4-of4"];
        var function = Make("same-128-over4-of4", near: false);
        var forged = wrapped.ToArray();
        forged[^1] ^= 1;
        for (var i = 0; i < 16; i++)
        {
            Assert.Equal(DropReason.AuthenticationFailed, new FrameInBuffer(forged).Show(function, Outside).Reason);
        }

        var exceptions = 0;
        EventHandler<System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs> count = (_, thrown) =>
            exceptions += thrown.Exception is System.Security.Cryptography.AuthenticationTagMismatchException ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += count;
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(DropReason.AuthenticationFailed, new FrameInBuffer(forged).Show(function, Outside).Reason);
        }

        AppDomain.CurrentDomain.FirstChanceException -= count;
        var frame = new FrameInBuffer(wrapped);
        Assert.False(frame.Show(function, Outside).IsDrop);
        Assert.Equal(plain, frame.Frame);
        Assert.Equal(0, exceptions);
    }

    [Fact]
    public void Associations_take_turns_when_bytes_or_time_are_over()
    {
        var plain = Vectors["same-128-over4-of4"].Plain;
        var configuration = Near() with
        {
            Outbound =
            [
                new SecurityAssociation(1001, "a") { LifetimeBytes = (ulong)(plain.Length - 14) * 2 },
                new SecurityAssociation(1002, "b") { Lifetime = TimeSpan.FromSeconds(5) },
                new SecurityAssociation(1003, "c") { LifetimeBytes = 1 },
            ],
        };
        var function = new EspFunction(configuration, Resources());
        Assert.Equal([1001u, 1001u, 1002u, 1002u], Enumerable.Range(0, 4).Select(_ => IndexOf(plain, function, 10_000)));
        Assert.Equal([1002u, 1003u], new[] { 14_999L, 15_000L }.Select(now => IndexOf(plain, function, now)));
        Assert.Equal(DropReason.NoSecurityAssociation, new FrameInBuffer(plain, now: 15_000).Show(function, Inside).Reason);
    }

    [Fact]
    public void An_update_goes_on_with_the_numbers_of_associations_that_stay_and_takes_new_keys()
    {
        var plain = Vectors["same-128-over4-of4"].Plain;
        var before = new EspFunction(Near() with { Outbound = [new SecurityAssociation(1001, "a"), new SecurityAssociation(1002, "b")] }, Resources());
        IndexOf(plain, before, 0);
        IndexOf(plain, before, 0);

        var after = new EspFunction(Near() with { Outbound = [new SecurityAssociation(1001, "a") { LifetimeBytes = 1 << 20 }] }, Resources());
        after.Adopt(before);
        Assert.Equal(3u, NumberOf(plain, after));
        Assert.Equal(4u, NumberOf(plain, before));

        var rekeyed = new EspFunction(Near() with { Outbound = [new SecurityAssociation(1001, "c")] }, Resources());
        rekeyed.Adopt(after);
        Assert.Equal(1u, NumberOf(plain, rekeyed));
    }

    [Fact]
    public void No_two_functions_begin_with_the_same_initialization_vector()
    {
        var plain = Vectors["same-128-over4-of4"].Plain;
        var resources = WorkerResources.Default with { ReadKey = _ => EspKey.FromBytes(new byte[20]) };
        var vectors = Enumerable.Range(0, 10).Select(_ =>
        {
            var frame = new FrameInBuffer(plain);
            frame.Show(new EspFunction(Near(), resources), Inside);
            return BinaryPrimitives.ReadUInt64BigEndian(frame.Frame.AsSpan(14 + 20 + 8));
        });
        Assert.Equal(10, vectors.Distinct().Count());
    }

    [Fact]
    public void Keys_are_never_shown()
    {
        var key = EspKey.Parse("000102030405060708090a0b0c0d0e0fdeadbeef\n");
        Assert.Equal((16, 4, "(secret)"), (key.Key.Length, key.Salt.Length, key.ToString()));
        foreach (var wrong in new[] { "", "00", "zz0102030405060708090a0b0c0d0e0fdeadbeef", new string('0', 41), new string('0', 48) })
        {
            var message = Assert.Throws<ArgumentException>(() => EspKey.Parse(wrong)).Message;
            Assert.True(wrong.Length == 0 || !message.Contains(wrong, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Nothing_is_allocated_for_a_packet()
    {
        var plain = Vectors["same-256-over6-of6"].Plain;
        var (near, far) = (Make("same-256-over6-of6", near: true), Make("same-256-over6-of6", near: false));
        var buffer = new byte[2048];
        for (var i = 0; i < 200; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            plain.CopyTo(buffer, 256);
            var packet = new FramePacket(buffer, 256, plain.Length, 14, 0);
            var passes = near.ProcessFrame(ref packet, Inside).Port == Outside && far.ProcessFrame(ref packet, Outside).Port == Inside;
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(passes);
            Assert.True(i < 100 || allocated == 0, $"{allocated} bytes");
        }
    }

    private static uint IndexOf(byte[] plain, EspFunction function, long now)
    {
        var frame = new FrameInBuffer(plain, now: now);
        Assert.False(frame.Show(function, Inside).IsDrop);
        return BinaryPrimitives.ReadUInt32BigEndian(frame.Frame.AsSpan(34));
    }

    private static uint NumberOf(byte[] plain, EspFunction function)
    {
        var frame = new FrameInBuffer(plain);
        Assert.False(frame.Show(function, Inside).IsDrop);
        return BinaryPrimitives.ReadUInt32BigEndian(frame.Frame.AsSpan(38));
    }

    private static EspFunction Make(string name, bool near)
    {
        var isV6 = name.Contains("over6", StringComparison.Ordinal);
        var (local, remote) = (IpAddress.Parse(isV6 ? "2001:db8:aa::1" : "203.0.113.10"), IpAddress.Parse(isV6 ? "2001:db8:bb::2" : "203.0.113.20"));
        var association = new SecurityAssociation(0x1001, name.Contains("256", StringComparison.Ordinal) ? "k256" : "k128")
        {
            HasExtendedNumbers = name.EndsWith("esn", StringComparison.Ordinal),
        };
        var other = new SecurityAssociation(0x1002, "other");
        return new EspFunction(
            new EspConfiguration("esp")
            {
                Local = near ? local : remote,
                Remote = near ? remote : local,
                Outbound = [near ? association : other],
                Inbound = [near ? other : association],
            },
            Resources());
    }

    private static EspConfiguration Near() => new("esp")
    {
        Local = IpAddress.Parse("203.0.113.10"),
        Remote = IpAddress.Parse("203.0.113.20"),
        Outbound = [new SecurityAssociation(1001, "a")],
        Inbound = [new SecurityAssociation(2001, "z")],
    };

    private static WorkerResources Resources() => WorkerResources.Default with { ReadKey = Key, DrawVector = () => 0 };

    private static EspKey Key(string name)
    {
        var octets = name switch
        {
            "k128" => Enumerable.Range(1, 20),
            "k256" => Enumerable.Range(101, 36),
            _ => Enumerable.Range(name[0], 20),
        };
        return EspKey.FromBytes([.. octets.Select(octet => (byte)octet)]);
    }
}
