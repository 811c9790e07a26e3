using System.Text.Json;
using Metron.OpenFlow;

namespace Metron.Offload;

/// <summary>Writes what a profile says beyond the defaults.</summary>
internal static class ProfileWriter
{
    private static readonly SwitchProfile Default = new() { Name = "" };

    public static void Write(Utf8JsonWriter json, SwitchProfile profile)
    {
        json.WriteStartObject();
        json.WriteString("name", profile.Name);
        if (profile.Description.Length > 0)
        {
            json.WriteString("description", profile.Description);
        }

        if (profile.Versions != Default.Versions)
        {
            Names(json, "versions", profile.Versions.Select(version => version.ToDotted()));
        }

        Flag(json, "helloElements", profile.HelloElements, Default.HelloElements);
        Flag(json, "metadata", profile.Metadata, Default.Metadata);
        Flag(json, "bundles", profile.Bundles, Default.Bundles);
        if (profile.Barriers != Default.Barriers)
        {
            json.WriteString("barriers", ProfileNames.Of(profile.Barriers));
        }

        Flag(json, "ruleCounters", profile.RuleCounters, Default.RuleCounters);
        Flag(json, "meters", profile.Meters, Default.Meters);
        if (profile.Groups != Default.Groups)
        {
            Names(json, "groups", profile.Groups.Select(ProfileNames.Of));
        }

        Number(json, "rulesPerBarrier", profile.RulesPerBarrier, Default.RulesPerBarrier);
        Number(json, "rulesInFlight", profile.RulesInFlight, Default.RulesInFlight);
        if (!profile.Tables.IsEmpty)
        {
            json.WriteStartArray("tables");
            foreach (var table in profile.Tables)
            {
                Table(json, table);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Table(Utf8JsonWriter json, TableProfile table)
    {
        json.WriteStartObject();
        json.WriteNumber("number", table.Number);
        if (table.Capacity is { } capacity)
        {
            json.WriteNumber("capacity", capacity);
        }

        if (table.Match is { } match)
        {
            json.WriteStartObject("match");
            foreach (var field in match)
            {
                json.WriteString(field.Field.Name, ProfileNames.Of(field.Masks));
            }

            json.WriteEndObject();
        }

        if (table.SetFields is { } setFields)
        {
            Names(json, "setFields", setFields.Select(field => field.Name));
        }

        if (table.Actions is { } actions)
        {
            Names(json, "actions", actions.Select(ProfileNames.Of));
        }

        if (table.Next is { } next)
        {
            json.WriteStartArray("next");
            foreach (var number in next)
            {
                json.WriteNumberValue(number);
            }

            json.WriteEndArray();
        }

        Flag(json, "sameFieldsOnly", table.SameFieldsOnly, false);
        json.WriteEndObject();
    }

    private static void Flag(Utf8JsonWriter json, string name, bool value, bool usual)
    {
        if (value != usual)
        {
            json.WriteBoolean(name, value);
        }
    }

    private static void Number(Utf8JsonWriter json, string name, int value, int usual)
    {
        if (value != usual)
        {
            json.WriteNumber(name, value);
        }
    }

    private static void Names(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
