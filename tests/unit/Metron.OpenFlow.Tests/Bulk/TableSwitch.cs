using Metron.OpenFlow.Tests.Connections;

namespace Metron.OpenFlow.Tests.Bulk;

/// <summary>A switch of one list of rules behind a scripted peer; what it does wrong is set by the test.</summary>
internal sealed class TableSwitch : IAsyncDisposable
{
    private readonly SwitchPair _pair;
    private readonly List<FlowMod> _late = [];

    private readonly Dictionary<(byte Table, ushort Priority, Match Match), FlowMod> _table = [];

    private TableSwitch(SwitchPair pair) => _pair = pair;

    public OpenFlowConnection Connection => _pair.Connection;

    public IReadOnlyCollection<FlowMod> Rules => _table.Values;

    public List<int> RulesAtBarrier { get; } = [];

    /// <summary>Rules that are on their way when a barrier is answered, at most.</summary>
    public int MostInFlight { get; private set; }

    public Func<FlowMod, OpenFlowErrorCode?> Refuses { get; init; } = _ => null;

    public Func<FlowMod, bool> DropsSilently { get; init; } = _ => false;

    /// <summary>Answers a barrier: false for no answer at all.</summary>
    public Func<int, bool> AnswersBarrier { get; init; } = _ => true;

    public bool RefusesBarriers { get; init; }

    /// <summary>Rules come into force only when the switch has been read so often: barriers are answered too early.</summary>
    public int ReadsUntilInForce { get; init; }

    public int? ClosesAfterRules { get; init; }

    public int Received { get; private set; }

    public int Barriers { get; private set; }

    public int Reads { get; private set; }

    public List<FlowFilter> Filters { get; } = [];

    public Task Running { get; private set; } = Task.CompletedTask;

    public static async Task<TableSwitch> StartAsync(
        Func<SwitchPair, TableSwitch>? create = null, Func<OpenFlowConnectionOptions, OpenFlowConnectionOptions>? adapt = null)
    {
        var pair = await SwitchPair.OpenAsync(adapt);
        var table = create?.Invoke(pair) ?? new TableSwitch(pair);
        table.Running = Task.Run(table.RunAsync);
        return table;
    }

    public static Func<SwitchPair, TableSwitch> With(
        Func<FlowMod, OpenFlowErrorCode?>? refuses = null,
        Func<FlowMod, bool>? dropsSilently = null,
        Func<int, bool>? answersBarrier = null,
        bool refusesBarriers = false,
        int readsUntilInForce = 0,
        int? closesAfterRules = null) => pair => new TableSwitch(pair)
        {
            Refuses = refuses ?? (_ => null),
            DropsSilently = dropsSilently ?? (_ => false),
            AnswersBarrier = answersBarrier ?? (_ => true),
            RefusesBarriers = refusesBarriers,
            ReadsUntilInForce = readsUntilInForce,
            ClosesAfterRules = closesAfterRules,
        };

    public async ValueTask DisposeAsync()
    {
        await _pair.DisposeAsync();
        await Running;
    }

    private async Task RunAsync()
    {
        while (await _pair.Peer.ReceiveBytesAsync() is { } bytes)
        {
            var frame = OpenFlowCodec.Decode(bytes);
            try
            {
                await HandleAsync(frame.Message, frame.TransactionId);
            }
            catch (IOException)
            {
                return;
            }

            if (Received >= ClosesAfterRules)
            {
                _pair.Peer.Dispose();
                return;
            }
        }
    }

    private async Task HandleAsync(OpenFlowMessage message, uint transaction)
    {
        switch (message)
        {
            case FlowMod flow:
                Received++;
                MostInFlight = Math.Max(MostInFlight, Received - RulesAtBarrier.LastOrDefault());
                if (Refuses(flow) is { } error)
                {
                    await _pair.Peer.SendAsync(new ErrorMessage(error), transaction);
                }
                else if (!DropsSilently(flow))
                {
                    if (ReadsUntilInForce > 0)
                    {
                        _late.Add(flow);
                    }
                    else
                    {
                        Apply(flow);
                    }
                }

                break;
            case BarrierRequest when RefusesBarriers:
                await _pair.Peer.SendAsync(new ErrorMessage(OpenFlowErrorCode.BadType), transaction);
                break;
            case BarrierRequest:
                if (AnswersBarrier(Barriers++))
                {
                    RulesAtBarrier.Add(Received);
                    await _pair.Peer.SendAsync(new BarrierReply(), transaction);
                }

                break;
            case FlowStatsRequest request:
                await AnswerAsync(request.Filter, transaction);
                break;
            default:
                break;
        }
    }

    private async Task AnswerAsync(FlowFilter filter, uint transaction)
    {
        Filters.Add(filter);
        if (++Reads > ReadsUntilInForce)
        {
            _late.ForEach(Apply);
            _late.Clear();
        }

        var parts = Rules.Where(rule => Fits(filter, rule)).Chunk(100).ToList();
        for (var i = 0; i < Math.Max(1, parts.Count); i++)
        {
            var flows = parts.Count == 0 ? [] : parts[i].Select(Stats);
            await _pair.Peer.SendAsync(
                new FlowStatsReply([.. flows]) { Flags = i < parts.Count - 1 ? MultipartFlags.More : MultipartFlags.None }, transaction);
        }
    }

    private void Apply(FlowMod flow)
    {
        switch (flow.Command)
        {
            case FlowModCommand.Add:
                _table[Identity(flow)] = flow;
                break;
            case FlowModCommand.DeleteStrict:
                _table.Remove(Identity(flow));
                break;
            default:
                var filter = new FlowFilter { Table = flow.Table, Cookie = flow.Cookie, CookieMask = flow.CookieMask };
                foreach (var rule in Rules.Where(rule => Fits(filter, rule)).ToList())
                {
                    _table.Remove(Identity(rule));
                }

                break;
        }
    }

    private static (byte Table, ushort Priority, Match Match) Identity(FlowMod flow) => (flow.Table, flow.Priority, flow.Match);

    private static bool Fits(FlowFilter filter, FlowMod rule) =>
        (filter.Table == TableNumber.All || filter.Table == rule.Table) && ((filter.Cookie ^ rule.Cookie) & filter.CookieMask) == 0;

    private static FlowStats Stats(FlowMod rule) => new()
    {
        Table = rule.Table,
        Priority = rule.Priority,
        Match = rule.Match,
        Cookie = rule.Cookie,
        Instructions = rule.Instructions,
    };
}
