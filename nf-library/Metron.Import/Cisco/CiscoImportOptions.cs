namespace Metron.Import.Cisco;

/// <summary>What the operator says about access lists.</summary>
public sealed record CiscoImportOptions
{
    /// <summary>Name of the firewall.</summary>
    public string Name { get; init; } = "fw";

    /// <summary>Names or numbers of the access lists that packets from inside are judged by, at most one per IP version.</summary>
    public IReadOnlyList<string> FromInside { get; init; } = [];

    /// <summary>Names or numbers of the access lists that packets from outside are judged by, at most one per IP version.</summary>
    public IReadOnlyList<string> FromOutside { get; init; } = [];
}
