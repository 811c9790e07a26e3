namespace Metron.Dpdk.Tests;

/// <summary>Entry of child processes.</summary>
public static class Program
{
    public static int Main(string[] arguments) => 64;
}
