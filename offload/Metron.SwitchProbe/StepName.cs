namespace Metron.SwitchProbe;

/// <summary>Names of the steps of a check, as they are shown.</summary>
internal static class StepName
{
    public const string Identity = "asking who it is";
    public const string Before = "looking at what is there";
    public const string Barriers = "barriers";
    public const string Tables = "tables";
    public const string Rules = "rules";
    public const string Groups = "groups";
    public const string Meters = "meters";
    public const string Bundles = "bundles";
    public const string Errors = "errors";
    public const string Echo = "echo";
    public const string Rate = "rate";
    public const string Capacity = "capacity";
}
