# The collector asks all five, and those that answer leave no session behind.
[ "$(collect | grep -c .)" -eq 5 ]
collect_one agents | grep -qx 'agents ok'
collect_one projects | grep -qx 'projects ok'
