using System.Security.Cryptography;
using System.Text;
using Metron.NetworkFunctions.Esp;

namespace Metron.Reference;

/// <summary>
/// Keys for running chains without their servers: what is encrypted has the right form, and nobody's secret is needed. Never for traffic.
/// </summary>
public static class MadeUpKey
{
    /// <summary>The key that follows from a name: of AES-256 when the name ends with "256", otherwise of AES-128.</summary>
    public static EspKey Of(string name)
    {
        var bytes = SHA512.HashData(Encoding.UTF8.GetBytes($"made up, not secret: {name}"));
        return EspKey.FromBytes(bytes.AsSpan(0, name.EndsWith("256", StringComparison.Ordinal) ? 36 : 20));
    }
}
