using Metron.NetworkFunctions.Firewall;
using Metron.Packets;
using Metron.Reference.Frames;

namespace Metron.Reference.Functions;

/// <summary>First rule that fits decides; connections in a dictionary.</summary>
internal sealed class ReferenceFirewall(FirewallConfiguration configuration) : ReferenceFunction
{
    private readonly Dictionary<ConnectionName, Connection> _connections = [];

    public override ReferenceVerdict Process(ReferencePacket packet, int port, long now, IChoices choices)
    {
        var fields = packet.Fields;
        if (fields.IsFragment && (configuration.Stateful || !configuration.PassFragments))
        {
            return ReferenceVerdict.Drop(DropReason.Fragment);
        }

        if (configuration.Stateful && packet.Embedded is { } embedded)
        {
            // What the error is about went to where the error comes from, and its sender is told.
            var isKnown = fields.Destination == embedded.Source && Find(NameOf(embedded, 1 - port), now) is not null;
            return isKnown ? ReferenceVerdict.Forward(1 - port) : ReferenceVerdict.Drop(DropReason.IcmpErrorUnrelated);
        }

        if (!configuration.Stateful || fields.IcmpKind is IcmpKind.Other or IcmpKind.Error)
        {
            return Allows(fields, port) ? ReferenceVerdict.Forward(1 - port) : ReferenceVerdict.Drop(DropReason.Denied);
        }

        return Track(fields, port, now);
    }

    private ReferenceVerdict Track(IpFields fields, int port, long now)
    {
        var name = NameOf(fields, port);
        var connection = Find(name, now);
        if (connection is null)
        {
            var isMiddle = fields.IsTcp ? !Tcp.Opens(fields.TcpFlags) : fields.IcmpKind == IcmpKind.Reply;
            if (isMiddle)
            {
                return ReferenceVerdict.Drop(DropReason.NoConnection);
            }

            if (!Allows(fields, port))
            {
                return ReferenceVerdict.Drop(DropReason.Denied);
            }

            _connections[name] = new Connection { Originator = port, LastSeen = now };
            return ReferenceVerdict.Forward(1 - port);
        }

        if (fields.IsTcp)
        {
            if (connection.Phase == TcpPhase.Closed && Tcp.Opens(fields.TcpFlags))
            {
                if (!Allows(fields, port))
                {
                    return ReferenceVerdict.Drop(DropReason.Denied);
                }

                connection.Phase = TcpPhase.Opening;
                connection.Originator = port;
            }
            else
            {
                connection.Phase = Tcp.After(connection.Phase, fields.TcpFlags, connection.Originator == port);
            }
        }

        connection.LastSeen = now;
        return ReferenceVerdict.Forward(1 - port);
    }

    private bool Allows(IpFields fields, int port)
    {
        foreach (var rule in configuration.Rules)
        {
            if ((rule.FromPort is null || rule.FromPort == port) && RuleReading.Fits(rule.Match, fields))
            {
                return rule.Allow;
            }
        }

        return configuration.AllowByDefault;
    }

    private Connection? Find(ConnectionName name, long now)
    {
        if (_connections.TryGetValue(name, out var connection)
            && now - connection.LastSeen >= Tcp.IdleMilliseconds(name.Protocol, connection.Phase, configuration.Timeouts))
        {
            _connections.Remove(name);
            return null;
        }

        return connection;
    }

    /// <summary>Both directions have the same name. Queries of both ends with the same identifier are two connections.</summary>
    private static ConnectionName NameOf(IpFields fields, int port)
    {
        var querier = fields.IcmpKind switch { IcmpKind.Query => port, IcmpKind.Reply => 1 - port, _ => -1 };
        return port == Inside
            ? new(fields.Source, fields.SourcePort, fields.Destination, fields.DestinationPort, fields.Protocol, querier)
            : new(fields.Destination, fields.DestinationPort, fields.Source, fields.SourcePort, fields.Protocol, querier);
    }

    private sealed record ConnectionName(
        IpAddress Inside, ushort InsidePort, IpAddress Outside, ushort OutsidePort, byte Protocol, int Querier);

    private sealed class Connection
    {
        /// <summary>Side that opened it.</summary>
        public int Originator { get; set; }

        public TcpPhase Phase { get; set; }

        public long LastSeen { get; set; }
    }
}
