// Every lab runs a switch, a controller and an agent: one at a time on a machine of two cores.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
