namespace Metron.VirtualSwitch.Tests;

/// <summary>The longest that anything in these tests may take; only a broken test meets it.</summary>
internal static class Deadline
{
    public static CancellationToken Token => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;
}
