using Metron.OpenFlow;

namespace Metron.SwitchProbe;

/// <summary>Which types of groups work: added, read back, and gone after their deletion.</summary>
internal static class GroupProbe
{
    private const uint FirstNumber = 0x5052_4f00;
    private const int Attempts = 5;

    /// <summary>Tries each type.</summary>
    public static async Task<EquatableArray<GroupFacts>> RunAsync(ProbeSession session, CancellationToken cancellation)
    {
        var facts = new List<GroupFacts>();
        foreach (var kind in new[] { GroupKind.All, GroupKind.Select, GroupKind.Indirect, GroupKind.FastFailover })
        {
            facts.Add(new GroupFacts(kind, await TryAsync(session, kind, cancellation)));
            await RemoveAllAsync(session, cancellation);
        }

        return facts.ToEquatableArray();
    }

    /// <summary>Adds a group of any type for rules that need one; null when none works.</summary>
    public static async Task<uint?> AddOneAsync(ProbeSession session, CancellationToken cancellation)
    {
        foreach (var kind in new[] { GroupKind.Indirect, GroupKind.All, GroupKind.Select })
        {
            var group = await FreeNumberAsync(session, cancellation);
            if ((await AddAsync(session, kind, group, cancellation)).IsSilent
                && await UntilAsync(session, groups => groups.Any(one => one.Group == group), session.Options.Settle, cancellation))
            {
                return group;
            }

            session.State.Groups.Remove(group);
        }

        return null;
    }

    /// <summary>Removes the groups of this check.</summary>
    public static async Task RemoveAllAsync(ProbeSession session, CancellationToken cancellation)
    {
        if (session.State.Groups.Count == 0)
        {
            return;
        }

        GroupMod[] deletions = [.. session.State.Groups.Select(group => new GroupMod(GroupModCommand.Delete, GroupKind.All, group))];
        await session.SendAsync(deletions, cancellation);
        try
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                if (await UntilAsync(session, groups => !groups.Any(group => session.State.Groups.Contains(group.Group)), session.Options.Settle / Attempts, cancellation))
                {
                    break;
                }

                // Not yet added when it was to be deleted, by a switch whose barriers lie.
                await session.SendAsync(deletions, cancellation);
            }
        }
        catch (Exception error) when (ProbeFailure.IsOfTheSwitch(error))
        {
            // Groups that cannot be read are taken to be gone.
        }

        session.State.Groups.Clear();
    }

    private static async Task<bool> UntilAsync(
        ProbeSession session, Func<IReadOnlyList<GroupDescription>, bool> condition, TimeSpan patience, CancellationToken cancellation)
    {
        var start = session.Options.TimeProvider.GetTimestamp();
        while (true)
        {
            if (condition(await session.Connection.ReadGroupsAsync(cancellation)))
            {
                return true;
            }

            if (session.Options.TimeProvider.GetElapsedTime(start) > patience)
            {
                return false;
            }

            await session.DelayAsync(TimeSpan.FromMilliseconds(20), cancellation);
        }
    }

    /// <summary>What keeps a type from working; empty when it works.</summary>
    private static async Task<string> TryAsync(ProbeSession session, GroupKind kind, CancellationToken cancellation)
    {
        try
        {
            var group = await FreeNumberAsync(session, cancellation);
            var answer = await AddAsync(session, kind, group, cancellation);
            if (!answer.IsSilent)
            {
                session.State.Groups.Remove(group);
                return answer.ToString();
            }

            await UntilAsync(session, groups => groups.Any(one => one.Group == group), session.Options.Settle, cancellation);
            var found = (await session.Connection.ReadGroupsAsync(cancellation)).FirstOrDefault(one => one.Group == group);
            return found is null ? "accepted without a word, but not there"
                : found.Kind != kind ? $"came back as {found.Kind}"
                : found.Buckets.Count != Buckets(session, kind).Count ? $"came back with {found.Buckets.Count} buckets instead of {Buckets(session, kind).Count}"
                : "";
        }
        catch (Exception error) when (ProbeFailure.IsOfTheSwitch(error))
        {
            return error.Message;
        }
    }

    private static async Task<Answer> AddAsync(ProbeSession session, GroupKind kind, uint group, CancellationToken cancellation)
    {
        session.State.Groups.Add(group);
        return (await session.SendAsync([new GroupMod(GroupModCommand.Add, kind, group, Buckets(session, kind))], cancellation))[0];
    }

    private static EquatableArray<Bucket> Buckets(ProbeSession session, GroupKind kind)
    {
        var port = session.State.Port ?? PortNumber.Controller;
        var one = new Bucket { Actions = [new OutputAction(port)] };
        return kind switch
        {
            GroupKind.Indirect => [one],
            GroupKind.Select => [one with { Weight = 1 }, one with { Weight = 1 }],
            GroupKind.FastFailover => [one with { WatchPort = port }, one with { WatchPort = port }],
            _ => [one, one],
        };
    }

    /// <summary>A number that nobody uses.</summary>
    private static async Task<uint> FreeNumberAsync(ProbeSession session, CancellationToken cancellation)
    {
        var used = new HashSet<uint>(session.State.Groups);
        try
        {
            used.UnionWith((await session.Connection.ReadGroupsAsync(cancellation)).Select(group => group.Group));
        }
        catch (Exception error) when (ProbeFailure.IsOfTheSwitch(error))
        {
            // Then nobody has groups; adding one shows it.
        }

        // Never the same twice: a deletion that comes into force late must not meet the next group.
        do
        {
            session.State.LastGroup = session.State.LastGroup == 0 ? FirstNumber : session.State.LastGroup + 1;
        }
        while (used.Contains(session.State.LastGroup));
        return session.State.LastGroup;
    }
}
