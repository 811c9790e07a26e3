using Metron.NetworkFunctions.Napt;
using Metron.Packets;

namespace Metron.Reference;

/// <summary>The interpreter's own choices, for runs without a compiled chain: the first that is allowed, beginning at the inside port.</summary>
public sealed class OwnChoices : IChoices
{
    /// <inheritdoc/>
    public OutsideChoice ChooseOutside(BindingRequest request)
    {
        var pool = request.Inside.IsV6 ? request.Configuration.Pool6 : request.Configuration.Pool;
        var address = request.Paired ?? Nth(pool, (UInt128)Spread(request.Inside.Value));
        var ports = request.Configuration.OutsidePorts;
        var count = ports.Last - ports.First + 1;
        var start = ports.Contains(request.Port) ? request.Port : ports.First;
        foreach (var parity in new[] { request.Port & 1, (request.Port & 1) ^ 1 })
        {
            for (var i = 0; i < count; i++)
            {
                var port = (ushort)(ports.First + ((start - ports.First + i) % count));
                if ((port & 1) == parity && request.IsFree(address, port))
                {
                    return new OutsideChoice(ChoiceKind.Made, address, port);
                }
            }
        }

        return new OutsideChoice(ChoiceKind.Refused);
    }

    /// <inheritdoc/>
    public BackendChoice ChooseBackend(BackendRequest request)
    {
        var possible = request.Service.Backends.Where(request.IsAllowed).ToList();
        var total = possible.Sum(backend => backend.Weight);
        if (total == 0)
        {
            return new BackendChoice(ChoiceKind.Refused);
        }

        var key = request.Service.ByClientAddress ? (ushort)0 : request.Port;
        var ticket = (int)((Spread(request.Client.Value) + (key * 31u)) % (uint)total);
        foreach (var backend in possible)
        {
            ticket -= backend.Weight;
            if (ticket < 0)
            {
                return new BackendChoice(ChoiceKind.Made, backend.Address, backend.Port);
            }
        }

        return new BackendChoice(ChoiceKind.Refused);
    }

    /// <summary>A number that looks random, the same in every run.</summary>
    private static uint Spread(UInt128 value) => (uint)((value * 0x9e37_79b9_7f4a_7c15) >> 40);

    private static IpAddress Nth(IReadOnlyList<AddressRange> pool, UInt128 number)
    {
        var size = pool.Aggregate(UInt128.Zero, (sum, range) => sum + (range.Last.Value - range.First.Value) + 1);
        number %= size;
        foreach (var range in pool)
        {
            var count = range.Last.Value - range.First.Value + 1;
            if (number < count)
            {
                return new IpAddress(range.First.Value + number, range.First.IsV6);
            }

            number -= count;
        }

        return pool[0].First;
    }
}
