using System.Text.Json;
using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>Reads a profile and notes everything that is wrong with it; what is wrong keeps its default.</summary>
internal sealed class ProfileReader
{
    private const int MostRulesPerBarrier = 10_000;
    private const int MostRulesInFlight = 1_000_000;
    private const int LastTable = 254;

    private static readonly string[] ProfileMembers =
    [
        "name", "description", "versions", "helloElements", "metadata", "bundles", "barriers", "ruleCounters", "meters", "groups", "rulesPerBarrier",
        "rulesInFlight", "tables",
    ];

    private static readonly string[] TableMembers = ["number", "capacity", "match", "setFields", "actions", "next", "sameFieldsOnly"];

    public List<ProfileProblem> Problems { get; } = [];

    public SwitchProfile Read(JsonElement root)
    {
        var usual = new SwitchProfile { Name = "" };
        var members = Members(root, "", ProfileMembers);
        var name = Text(members, "name") ?? "";
        if (name.Length == 0 && root.ValueKind == JsonValueKind.Object && !Problems.Exists(problem => problem.Path == "name"))
        {
            Problems.Add(new ProfileProblem("name", "", "is missing: every profile has a name, such as \"lab-switch\""));
        }

        var profile = usual with
        {
            Name = name,
            Description = Text(members, "description") ?? "",
            Versions = Versions(members) ?? usual.Versions,
            HelloElements = Flag(members, "helloElements", usual.HelloElements),
            Metadata = Flag(members, "metadata", usual.Metadata),
            Bundles = Flag(members, "bundles", usual.Bundles),
            Barriers = Named<BarrierTruth>(members, "barriers") ?? usual.Barriers,
            RuleCounters = Flag(members, "ruleCounters", usual.RuleCounters),
            Meters = Flag(members, "meters", usual.Meters),
            Groups = List(members, "groups", One<GroupKind>) ?? usual.Groups,
            RulesPerBarrier = Number(members, "rulesPerBarrier", 1, MostRulesPerBarrier) ?? usual.RulesPerBarrier,
            RulesInFlight = Number(members, "rulesInFlight", 1, MostRulesInFlight) ?? usual.RulesInFlight,
            Tables = List(members, "tables", Table) ?? usual.Tables,
        };
        CheckTables(profile.Tables);
        return profile;
    }

    private EquatableArray<OpenFlowVersion>? Versions(Dictionary<string, Member> members)
    {
        var versions = List(members, "versions", (value, path) =>
            value.ValueKind == JsonValueKind.String && ProfileNames.ParseVersion(value.GetString()!) is { } version
                ? version
                : Wrong<OpenFlowVersion>(path, value, "must be a version as a text: one of \"1.0\", \"1.1\", \"1.2\", \"1.3\", \"1.4\", \"1.5\""));
        if (versions is not { } given)
        {
            return null;
        }

        var isRight = given.Count > 0 && given.SequenceEqual(given.Distinct().OrderDescending());
        if (!isRight && !Problems.Exists(problem => problem.Path.StartsWith("versions", StringComparison.Ordinal)))
        {
            Problems.Add(new ProfileProblem("versions", members["versions"].Value.GetRawText(), "must name at least one version, each once, the highest first"));
        }

        return given;
    }

    private TableProfile? Table(JsonElement value, string path)
    {
        var before = Problems.Count;
        var members = Members(value, path, TableMembers);
        var number = Number(members, "number", 0, LastTable);
        if (number is null && Problems.Count == before)
        {
            Problems.Add(new ProfileProblem(path, "", $"has no number: every table says its number on the wire, 0 to {LastTable}"));
        }

        return number is not { } found ? null : new TableProfile((byte)found)
        {
            Capacity = Number(members, "capacity", 1, int.MaxValue),
            Match = Fields(members),
            SetFields = List(members, "setFields", Field),
            Actions = List(members, "actions", One<ActionType>),
            Next = List(members, "next", NextTable),
            SameFieldsOnly = Flag(members, "sameFieldsOnly", false),
        };
    }

    private byte? NextTable(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetByte(out var number) && number <= LastTable
            ? number
            : Wrong<byte>(path, value, $"must be the number of a table, 0 to {LastTable}");

    private EquatableArray<FieldProfile>? Fields(Dictionary<string, Member> members)
    {
        if (!members.TryGetValue("match", out var match))
        {
            return null;
        }

        List<FieldProfile> fields = [];
        foreach (var (name, member) in Members(match.Value, match.Path, null))
        {
            var field = ProfileNames.ParseField(name);
            if (field is null)
            {
                Problems.Add(new ProfileProblem(
                    member.Path, "", $"is no match field{ProfileNames.Suggest(name, Oxm.Known.Select(known => known.Name))}; fields have their names of ovs-ofctl"));
            }

            var masks = One<MaskSupport>(member.Value, member.Path);
            if (field is { } type && masks is { } support)
            {
                fields.Add(new FieldProfile(type, support));
            }
        }

        return fields.ToEquatableArray();
    }

    private OxmType? Field(JsonElement value, string path)
    {
        var name = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return ProfileNames.ParseField(name) ?? Wrong<OxmType>(
            path, value, $"must be a field by its name of ovs-ofctl{ProfileNames.Suggest(name, Oxm.Known.Select(known => known.Name))}");
    }

    /// <summary>A packet only goes on to tables with higher numbers (OpenFlow 1.3.5 section 5.1).</summary>
    private void CheckTables(EquatableArray<TableProfile> tables)
    {
        for (var i = 0; i < tables.Count; i++)
        {
            var path = $"tables[{i}]";
            if (i > 0 && tables[i].Number <= tables[i - 1].Number)
            {
                Problems.Add(new ProfileProblem(
                    $"{path}.number", $"{tables[i].Number}", $"must be above {tables[i - 1].Number}, the table before: tables come in the order in which packets pass them"));
            }

            foreach (var next in tables[i].Next ?? [])
            {
                if (next <= tables[i].Number || !tables.Any(table => table.Number == next))
                {
                    Problems.Add(new ProfileProblem($"{path}.next", $"{next}", $"must be a table of the profile behind table {tables[i].Number}"));
                }
            }
        }
    }

    /// <summary>The members of an object; those that are not known are problems.</summary>
    private Dictionary<string, Member> Members(JsonElement value, string path, string[]? known)
    {
        Dictionary<string, Member> members = [];
        if (value.ValueKind != JsonValueKind.Object)
        {
            Wrong<int>(path, value, "must be an object: { … }");
            return members;
        }

        foreach (var property in value.EnumerateObject())
        {
            var place = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            if (known is not null && !known.Contains(property.Name))
            {
                Problems.Add(new ProfileProblem(
                    place, "", $"is not known{ProfileNames.Suggest(property.Name, known)}; there are {string.Join(", ", known)}"));
            }
            else if (!members.TryAdd(property.Name, new Member(place, property.Value)))
            {
                Problems.Add(new ProfileProblem(place, "", "is given twice"));
            }
        }

        return members;
    }

    private string? Text(Dictionary<string, Member> members, string name) =>
        !members.TryGetValue(name, out var member) ? null
        : member.Value.ValueKind == JsonValueKind.String && (name != "name" || member.Value.GetString()!.Length > 0) ? member.Value.GetString()
        : WrongText(member, name == "name" ? "must be a text that is not empty" : "must be a text");

    private bool Flag(Dictionary<string, Member> members, string name, bool usual) =>
        !members.TryGetValue(name, out var member) ? usual
        : member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? member.Value.GetBoolean()
        : Wrong<bool>(member.Path, member.Value, "must be true or false") ?? usual;

    private int? Number(Dictionary<string, Member> members, string name, int least, int most) =>
        !members.TryGetValue(name, out var member) ? null
        : member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt32(out var number) && number >= least && number <= most ? number
        : Wrong<int>(member.Path, member.Value, most == int.MaxValue ? $"must be a number of at least {least}" : $"must be a number from {least} to {most}");

    private T? Named<T>(Dictionary<string, Member> members, string name)
        where T : struct, Enum => members.TryGetValue(name, out var member) ? One<T>(member.Value, member.Path) : null;

    private T? One<T>(JsonElement value, string path)
        where T : struct, Enum
    {
        var name = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return ProfileNames.Parse<T>(name)
            ?? Wrong<T>(path, value, $"must be one of {string.Join(", ", ProfileNames.All<T>())}{ProfileNames.Suggest(name, ProfileNames.All<T>())}");
    }

    private EquatableArray<T>? List<T>(Dictionary<string, Member> members, string name, Func<JsonElement, string, T?> read)
        where T : struct => Elements(members, name)?.Select((value, index) => read(value, $"{members[name].Path}[{index}]")).OfType<T>().ToEquatableArray();

    private EquatableArray<TableProfile>? List(Dictionary<string, Member> members, string name, Func<JsonElement, string, TableProfile?> read) =>
        Elements(members, name)?.Select((value, index) => read(value, $"{members[name].Path}[{index}]")).OfType<TableProfile>().ToEquatableArray();

    private List<JsonElement>? Elements(Dictionary<string, Member> members, string name)
    {
        if (!members.TryGetValue(name, out var member))
        {
            return null;
        }

        if (member.Value.ValueKind == JsonValueKind.Array)
        {
            return [.. member.Value.EnumerateArray()];
        }

        Wrong<int>(member.Path, member.Value, "must be a list: [ … ]");
        return null;
    }

    private T? Wrong<T>(string path, JsonElement value, string message)
        where T : struct
    {
        const int longest = 60;
        var text = value.GetRawText();
        Problems.Add(new ProfileProblem(path, text.Length > longest ? text[..longest] + "…" : text, message));
        return null;
    }

    private string? WrongText(Member member, string message)
    {
        Wrong<int>(member.Path, member.Value, message);
        return null;
    }

    private readonly record struct Member(string Path, JsonElement Value);
}
