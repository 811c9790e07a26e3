using System.Numerics;
using Metron.Packets.Hashing;

namespace Metron.Dataplane.Nics;

/// <summary>How an <see cref="EmulatedNic"/> is run.</summary>
public sealed record EmulatedNicOptions
{
    /// <summary>Number of RX and of TX queues, 1 to 64: one of each per worker.</summary>
    public required int Queues { get; init; }

    /// <summary>Entries of the indirection table: a power of two, 64 to 4,096. At first entry i names queue i modulo the number of queues.</summary>
    public int IndirectionSize { get; init; } = 128;

    /// <summary>Packets that an RX queue holds: a power of two, 64 to 32,768. What arrives at a full one is dropped and counted.</summary>
    public int ReceiveDescriptors { get; init; } = 1024;

    /// <summary>Packets that a TX queue holds: a power of two, 64 to 32,768.</summary>
    public int TransmitDescriptors { get; init; } = 1024;

    /// <summary>Key of the hash, at least 40 bytes. The default gives both directions of a flow the same hash.</summary>
    public ReadOnlyMemory<byte> HashKey { get; init; } = Toeplitz.SymmetricKey.ToArray();

    /// <summary>What is hashed. Packets without a hash go by entry 0.</summary>
    public HashTypes HashTypes { get; init; } = HashTypes.All;

    /// <summary>CPU that the NIC's thread is pinned to; -1: not pinned.</summary>
    public int Core { get; init; } = -1;

    /// <summary>How long the NIC's thread sleeps after <see cref="EmptyStepsBeforeSleep"/> steps that found nothing; zero: it never sleeps.</summary>
    public TimeSpan IdleSleep { get; init; }

    /// <summary>Steps in a row that find nothing before the NIC's thread sleeps.</summary>
    public int EmptyStepsBeforeSleep { get; init; } = 1000;

    /// <summary>How long a control call waits for the NIC's thread before it fails.</summary>
    public TimeSpan ControlDeadline { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The number of descriptors that a queue can have next to a wanted one: not less, but for the largest.</summary>
    public static int DescriptorsFor(int wanted) => Math.Clamp((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(wanted, 1)), 64, 32768);

    /// <exception cref="ArgumentException">A value is out of range; the message names it.</exception>
    internal void Check()
    {
        Require(Queues is >= 1 and <= EmulatedNic.MaximumQueues, nameof(Queues), $"1 to {EmulatedNic.MaximumQueues}");
        Require(IsPowerBetween(IndirectionSize, 64, 4096), nameof(IndirectionSize), "a power of two from 64 to 4096");
        Require(IsPowerBetween(ReceiveDescriptors, 64, 32768), nameof(ReceiveDescriptors), "a power of two from 64 to 32768");
        Require(IsPowerBetween(TransmitDescriptors, 64, 32768), nameof(TransmitDescriptors), "a power of two from 64 to 32768");
        Require(IdleSleep >= TimeSpan.Zero && IdleSleep < TimeSpan.FromSeconds(1), nameof(IdleSleep), "less than a second");
        Require(ControlDeadline > TimeSpan.Zero, nameof(ControlDeadline), "more than zero");
    }

    private static bool IsPowerBetween(int value, int least, int most) => value >= least && value <= most && BitOperations.IsPow2(value);

    private static void Require(bool holds, string name, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"{name} of an emulated NIC is to be {range}", name);
        }
    }
}
