using System.Text;

namespace Metron.Import.Tests.Support;

/// <summary>Damages files at random.</summary>
internal static class Fuzz
{
    private static readonly string[] Splinters = ["", " ", "!", "\n", "-", "{", "}", "[", "\"", "(", ")", "::", "->", "65536", "999999999999", "0x", "/33", "\u2028", "é", "\t", ","];

    /// <summary>Imports damaged texts; each is imported, or has problems that say where.</summary>
    public static void Texts<T>(string text, int times, Func<string, ImportResult<T>> import)
        where T : class =>
        Draws.Sample(12, random => Check(import(Damaged(text, random))), times);

    /// <summary>Imports damaged bytes.</summary>
    public static void Bytes<T>(byte[] bytes, int times, Func<byte[], ImportResult<T>> import)
        where T : class =>
        Draws.Sample(12, random => Check(import(Damaged(bytes, random))), times);

    private static string Damaged(string text, Random random)
    {
        var damaged = new StringBuilder(text);
        for (var damage = random.Next(1, 4); damage > 0 && damaged.Length > 0; damage--)
        {
            var at = random.Next(damaged.Length);
            switch (random.Next(4))
            {
                case 0:
                    damaged.Length = at;
                    break;
                case 1:
                    damaged.Remove(at, Math.Min(random.Next(1, 20), damaged.Length - at));
                    break;
                case 2:
                    damaged.Insert(at, PacketWorld.Pick(random, Splinters));
                    break;
                default:
                    damaged[at] = (char)random.Next(32, 127);
                    break;
            }
        }

        return damaged.ToString();
    }

    private static byte[] Damaged(byte[] bytes, Random random)
    {
        var damaged = bytes[..(random.Next(3) == 0 ? random.Next(bytes.Length) : bytes.Length)];
        for (var damage = random.Next(4); damage > 0 && damaged.Length > 0; damage--)
        {
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
        }

        return damaged;
    }

    private static void Check<T>(ImportResult<T> result)
        where T : class
    {
        Assert.Equal(result.Value is null, result.Problems.Count > 0);
        Assert.All(result.Problems, problem =>
        {
            Assert.False(string.IsNullOrWhiteSpace(problem.Message));
            Assert.DoesNotContain(problem.Message, char.IsControl);
        });
    }
}
