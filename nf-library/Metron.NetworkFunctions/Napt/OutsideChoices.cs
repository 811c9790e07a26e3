using Metron.NetworkFunctions.Runtime.State;

namespace Metron.NetworkFunctions.Napt;

/// <summary>
/// The outside addresses that were chosen last for inside hosts, since choosing takes a loop of divisions and a host has many flows: a direct-mapped
/// cache in front of <see cref="OutsidePool.For"/>. 24 KiB.
/// </summary>
/// <param name="pool">The pool.</param>
internal sealed class OutsideChoices(OutsidePool pool)
{
    private const int Entries = 1024;

    private readonly UInt128[] _hosts = new UInt128[Entries];
    private readonly int[] _addresses = new int[Entries]; // index + 1, 0 for none

    /// <summary>Index of the outside address of an inside host.</summary>
    /// <param name="host">The host's address.</param>
    /// <param name="addresses">Numbers the outside addresses; always the same until <see cref="Clear"/>.</param>
    public int Of(UInt128 host, OutsideAddresses addresses)
    {
        var at = (int)StateHash.Address(host, 0, 0) & (Entries - 1);
        if (_addresses[at] == 0 || _hosts[at] != host)
        {
            (_hosts[at], _addresses[at]) = (host, addresses.FindOrAdd(pool.For(host)) + 1);
        }

        return _addresses[at] - 1;
    }

    /// <summary>Forgets what was chosen.</summary>
    public void Clear() => Array.Clear(_addresses);
}
