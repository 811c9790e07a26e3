namespace Metron.Offload;

/// <summary>The cookie of our rules: 0x4d in the top byte, then 24 bits chain number, 16 bits revision, 16 bits purpose.</summary>
/// <remarks>
/// Only the chain is part of what a rule is. Revision and purpose say which plan installed it: a rule that a later plan needs unchanged stays
/// as it is, with the cookie that it has. What a rule of a switch is for follows from its <see cref="RuleIdentity"/>.
/// </remarks>
/// <param name="Chain">Number of the chain, 0 for rules that serve all chains; 24 bits.</param>
/// <param name="Revision">Low 16 bits of the revision that installed the rule.</param>
/// <param name="Purpose">Number of the purpose within that revision.</param>
public readonly record struct Cookie(uint Chain, ushort Revision, ushort Purpose)
{
    /// <summary>Under this mask, all rules of ours have the value <see cref="OursValue"/>.</summary>
    public const ulong OursMask = 0xff00_0000_0000_0000;

    /// <summary>Top byte of our cookies.</summary>
    public const ulong OursValue = 0x4d00_0000_0000_0000;

    /// <summary>Mask over top byte and chain number.</summary>
    public const ulong ChainMask = 0xffff_ffff_0000_0000;

    /// <summary>The number on the wire.</summary>
    public ulong Value => OursValue | ((ulong)(Chain & 0xffffff) << 32) | ((ulong)Revision << 16) | Purpose;

    /// <summary>Whether a rule with this cookie is ours.</summary>
    public static bool IsOurs(ulong cookie) => (cookie & OursMask) == OursValue;

    /// <summary>Whether two cookies are of the same chain of ours.</summary>
    public static bool OfSameChain(ulong left, ulong right) => IsOurs(left) && (left & ChainMask) == (right & ChainMask);

    /// <summary>Takes a cookie of ours apart.</summary>
    public static bool TryRead(ulong value, out Cookie cookie)
    {
        cookie = new Cookie((uint)(value >> 32) & 0xffffff, (ushort)(value >> 16), (ushort)value);
        return IsOurs(value);
    }
}
